// Faults to order.  A rule is {kind, path, method, body, text: regular expressions that must match, skip, times, ...};
// without times it applies once, with times -1 for ever.
//
// On answers: status (status, reason, retryAfter, headers, message; or text in latin1, in which {repeat} stands for
// repeat: [what, how often]), reset, over HTTP/2 goaway and refuseStream, cut (bytes), lost (done, but not answered), delay
// (milliseconds), drip (bytes, milliseconds), garbage, emptyPage, totalRows (delta), pageSize (rows), expired (the token).
// On jobs: neverEnds, slowJob (milliseconds), jobError (reason, message), slowCancel (milliseconds).
'use strict';

class Faults {
  constructor() {
    this.rules = [];
    this.taken = [];
  }
  add(rule) {
    this.rules.push({times: 1, skip: 0, ...rule});
  }
  clear() {
    this.rules = [];
    this.taken = [];
  }
  // The rule of that kind that applies now; it is used up by that.
  take(kind, {request, job, text}) {
    for (const rule of this.rules) {
      if (rule.kind !== kind || rule.times === 0) continue;
      if (rule.method && (!request || request.method !== rule.method)) continue;
      if (rule.path && (!request || !new RegExp(rule.path).test(request.url))) continue;
      if (rule.body && (!request || !new RegExp(rule.body).test(request.body ? request.body.toString('latin1') : ''))) continue;
      if (rule.query && !new RegExp(rule.query).test(text || (job && job.configuration.query && job.configuration.query.query) || '')) continue;
      if (rule.skip > 0) {
        rule.skip--;
        continue;
      }
      if (rule.times > 0) rule.times--;
      this.taken.push({kind, at: Date.now(), request: request && `${request.method} ${request.url}`, job: job && job.id});
      return rule;
    }
    return null;
  }
}

module.exports = {Faults};
