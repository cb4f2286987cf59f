// BigQuery's REST interface (v2) on this machine, for tests.  Written from Google's discovery document and reference;
// statements are judged and executed by Google's own GoogleSQL service.
//
// Usage: node server.js --modules NODE_MODULES --work DIRECTORY [--projects a,b] [--lifetime SECONDS]
// Writes keys and certificates there, then one line of JSON to standard output: where it listens, and its files.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const path = require('path');
const zlib = require('zlib');
const {execFileSync} = require('child_process');
const {Engine} = require('./engine');
const {Store, ApiError} = require('./store');
const {Jobs, CODES, problem} = require('./jobs');
const {Auth, OauthError, ACT, READ, WRITE} = require('./auth');
const {Faults} = require('./faults');
const {Uploads, multipart} = require('./upload');
const {find} = require('./rest');
const {document} = require('./discovery');

const STATUS = {400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 409: 'ALREADY_EXISTS', 412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED', 499: 'CANCELLED', 500: 'INTERNAL', 501: 'UNIMPLEMENTED', 502: 'UNAVAILABLE', 503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED'};
const REQUEST = 10 * 1048576;

function errorBody(code, reason, message, location) {
  const item = {message, domain: 'global', reason};
  if (location) Object.assign(item, {location, locationType: location === 'query' ? 'other' : 'parameter'});
  return {error: {code, message, errors: [item], status: STATUS[code] || 'UNKNOWN'}};
}

class Emulator {
  constructor(about) {
    Object.assign(this, about);
    this.faults = new Faults();
    this.store = new Store(this.projects);
    this.uploads = new Uploads();
    this.inserted = new Map();
    this.log = [];
    this.pageBytes = REQUEST;
    this.insertErrors = 'http';
    this.settled = false;
  }

  async open() {
    this.engine = await new Engine(this.modules).start();
    this.jobs = new Jobs(this.store, this.engine, this.faults);
    this.identity();
    const handler = (request, response) => this.serve(request, response).catch((error) => {
      console.error(error);
      if (!response.headersSent) this.answer(request, response, 500, errorBody(500, 'internalError', String(error.message)));
      else request.socket.destroy();
    });
    this.plain = http.createServer({keepAliveTimeout: 120000}, handler);
    this.secure = http2.createSecureServer({allowHTTP1: true, cert: fs.readFileSync(this.files.certificate), key: fs.readFileSync(this.files.certificateKey)}, handler);
    this.secure.on('sessionError', () => {});
    this.port = await listen(this.secure);
    this.plainPort = await listen(this.plain);
    const own = [`https://127.0.0.1:${this.port}`, `https://localhost:${this.port}`, `http://127.0.0.1:${this.plainPort}`, `http://localhost:${this.plainPort}`];
    this.auth.audiences = own.map((root) => root + '/token');
    this.auth.services = ['https://bigquery.googleapis.com/', ...own.map((root) => root + '/')];
    this.writeKeys(`https://127.0.0.1:${this.port}`);
    return this;
  }

  // A service account's key, and a certificate of an authority of our own.
  identity() {
    const {publicKey, privateKey} = crypto.generateKeyPairSync('rsa', {modulusLength: 2048});
    const name = `gw@${this.projects[0]}.iam.gserviceaccount.com`, keyId = crypto.randomBytes(20).toString('hex');
    this.account = {name, keyId, pem: privateKey.export({type: 'pkcs8', format: 'pem'})};
    const inside = (file) => path.join(this.work, file);
    this.files = {ca: inside('ca.pem'), certificate: inside('server.pem'), certificateKey: inside('server.key'), keyfile: inside('service_account.json'),
      user: inside('authorized_user.json'), external: inside('external_account.json'), subject: inside('subject_token'), stop: inside('stop')};
    const openssl = (...args) => execFileSync('openssl', args, {stdio: 'pipe', cwd: this.work});
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...curve, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '7', '-subj', '/CN=Emulator CA');
    openssl('req', ...curve, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
    fs.writeFileSync(inside('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:bigquery.googleapis.com,DNS:oauth2.googleapis.com\n');
    openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '7', '-extfile', 'names', '-out', 'server.pem');
    const random = (prefix) => prefix + (this.canary || '') + crypto.randomBytes(12).toString('hex');
    this.auth = new Auth({
      accounts: {[name]: {key: publicKey, keyId}}, lifetime: this.lifetime, project: this.projects[0], instance: `instance@${this.projects[0]}.iam.gserviceaccount.com`,
      impersonable: [`other@${this.projects[0]}.iam.gserviceaccount.com`],
      refresh: {client_id: 'emulator.apps.googleusercontent.com', client_secret: random('GOCSPX-'), refresh_token: random('1//'), email: 'user@example.com'},
      workload: {audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider', subject_token: random('subject-'), email: 'workload@example.com'}});
  }

  writeKeys(root) {
    const secret = (file, text) => fs.writeFileSync(file, text, {mode: 0o644});
    secret(this.files.keyfile, JSON.stringify({type: 'service_account', project_id: this.projects[0], private_key_id: this.account.keyId, private_key: this.account.pem,
      client_email: this.account.name, client_id: '1', token_uri: root + '/token', universe_domain: 'googleapis.com'}, null, 1));
    const {email, ...refresh} = this.auth.refresh;
    secret(this.files.user, JSON.stringify({type: 'authorized_user', ...refresh, token_uri: root + '/token', account: email}, null, 1));
    secret(this.files.subject, this.auth.workload.subject_token);
    secret(this.files.external, JSON.stringify({type: 'external_account', audience: this.auth.workload.audience, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: root + '/token', credential_source: {file: this.files.subject}}, null, 1));
  }

  facts() {
    const file = (name) => this.files[name];
    return {port: this.port, plain: this.plainPort, url: `https://127.0.0.1:${this.port}`, plain_url: `http://127.0.0.1:${this.plainPort}`, ca: file('ca'), keyfile: file('keyfile'),
      user: file('user'), external: file('external'), projects: this.projects, account: this.account.name, impersonate: this.auth.impersonable[0],
      token: this.auth.issue(this.account.name, ['https://www.googleapis.com/auth/bigquery'], 365 * 86400), pid: process.pid};
  }

  // The columns of a view that is made through the interface.
  async describe(project, query, dataset, caller) {
    const job = this.jobs.submit(project, {location: dataset.location}, {query: {query, useLegacySql: false}, dryRun: true}, caller);
    await job.finished;
    if (job.error) throw new ApiError(CODES[job.error.reason] || 400, job.error.reason, job.error.message);
    return job.statistics.query.schema.fields;
  }

  // ---- one request ----

  async serve(request, response) {
    const headers = request.headers;
    request.arrived = Date.now();
    request.body = await readAll(request);
    const url = new URL(request.url, 'http://x'), text = decodeURIComponent(url.pathname);
    request.all = {};
    for (const [name, value] of url.searchParams) (request.all[name] = request.all[name] || []).push(value);
    if (text.startsWith('/_control/')) return this.control(text.slice(10), request, response);
    this.note(request);
    const fault = (kind) => this.faults.take(kind, {request});
    const late = fault('delay');
    if (late) await new Promise((done) => setTimeout(done, late.milliseconds));
    if (fault('reset')) return request.socket.destroy();
    if (request.stream && fault('goaway')) return request.stream.session.goaway(0, request.stream.id - 2, Buffer.alloc(0)) || request.stream.close(7);
    if (request.stream && fault('refuseStream')) return request.stream.close(7);
    const bad = fault('status');
    if (bad) {
      const more = {...(bad.retryAfter === undefined ? {} : {'retry-after': String(bad.retryAfter)}), ...bad.headers};
      return bad.text === undefined ? this.answer(request, response, bad.status, errorBody(bad.status, bad.reason || 'backendError', bad.message || 'Ordered fault'), more) :
        this.answer(request, response, bad.status, Buffer.from(bad.text.replace('{repeat}', (bad.repeat || ['', 0])[0].repeat((bad.repeat || ['', 0])[1])), 'latin1'), more);
    }
    if (headers['content-encoding'] === 'gzip') request.body = zlib.gunzipSync(request.body);
    try {
      const [code, body, more] = await this.dispatch(request, url, text);
      return this.answer(request, response, code, body, more);
    } catch (error) {
      if (error instanceof OauthError) return this.answer(request, response, error.code, {error: error.error, error_description: error.message});
      const {reason, message, location} = problem(error), code = error.code > 99 ? error.code : CODES[reason] || 400;
      return this.answer(request, response, code, errorBody(code, reason, message, location),
        code === 401 ? {'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"'} : {});
    }
  }

  note(request) {
    this.log.push({at: Date.now(), method: request.method, url: request.url, agent: request.headers['user-agent'], encoding: request.headers['accept-encoding'],
      http: request.httpVersion, quota: request.headers['x-goog-user-project'], bytes: request.body.length,
      body: /^\/(token|computeMetadata)/.test(request.url) ? undefined : request.body.toString('utf8', 0, 4000)});
    if (this.log.length > 20000) this.log.splice(0, 5000);
  }

  async dispatch(request, url, text) {
    const {method, headers} = request, query = Object.fromEntries(Object.entries(request.all).map(([name, list]) => [name, list[list.length - 1]]));
    const base = `${request.socket.encrypted ? 'https' : 'http'}://${headers.host || headers[':authority']}`;
    if (method === 'POST' && text === '/token') return [200, this.auth.token(Object.fromEntries(new URLSearchParams(request.body.toString())))];
    if (text === '/' || text.startsWith('/computeMetadata/')) {
      const found = this.auth.metadata(text, headers);
      if (!found) return [404, ''];
      return [found.code || 200, found.json || found.text, {'metadata-flavor': 'Google', ...(found.text ? {'content-type': 'application/text'} : {})}];
    }
    if (text === '/discovery/v1/apis/bigquery/v2/rest' || (text === '/$discovery/rest' && query.version === 'v2')) return [200, document(base)];
    const other = /^\/v1\/projects\/-\/serviceAccounts\/([^/]+):generateAccessToken$/.exec(text);
    if (other && method === 'POST') return [200, this.auth.impersonate(this.auth.caller(headers, ACT), other[1], json(request.body))];
    const m = /^(\/resumable)?(\/upload)?\/bigquery\/v2\/(.+?)\/?$/.exec(url.pathname);
    if (!m) throw new ApiError(404, 'notFound', 'Not Found');
    if (m[2] && request.all.upload_id) return this.resume(request, query, base);
    const found = find(method, m[3]);
    if (!found) throw new ApiError(404, 'notFound', 'Not Found');
    const caller = this.auth.caller(headers, method === 'GET' || found.route.reads ? READ : WRITE);
    if (this.faults.take('expired', {request})) {
      this.auth.expireAll();
      this.auth.caller(headers, READ);
    }
    const about = {...found, method, headers, query, caller, base: base + '/bigquery/v2', request, store: this.store, emulator: this};
    if (m[2]) return this.upload(about, query, base);
    if (request.body.length > REQUEST) throw new ApiError(413, 'uploadTooLarge', 'Request payload size exceeds the limit: 10485760 bytes.');
    about.body = json(request.body);
    const answer = await found.route.run(about);
    return answer === null ? [204, ''] : [200, query.fields ? partial(answer, query.fields) : answer];
  }

  async upload(about, query, base) {
    const {request, headers, path: {projectId}} = about;
    if (query.uploadType === 'resumable') {
      const id = this.uploads.begin(projectId, headers, json(request.body));
      return [200, '', {location: `${base}${request.url.split('?')[0]}?uploadType=resumable&upload_id=${id}`, 'x-guploader-uploadid': id}];
    }
    if (query.uploadType !== 'multipart') throw new ApiError(400, 'badRequest', `Upload type ${query.uploadType} needs the job's description`);
    const {body, media} = multipart(headers['content-type'], request.body);
    return [200, await about.route.run({...about, body, media})];
  }

  async resume(request, query, base) {
    const caller = this.auth.caller(request.headers, WRITE), state = this.uploads.put(query.upload_id, request.headers, request.body);
    if (!state.done) return [308, '', state.received ? {range: `bytes=0-${state.received - 1}`} : {}];
    const {route} = find('POST', `projects/${state.project}/jobs`);
    return [200, await route.run({path: {projectId: state.project}, body: state.body, media: state.media, caller, emulator: this, store: this.store, base: base + '/bigquery/v2', request})];
  }

  // ---- answers ----

  answer(request, response, code, body, more = {}) {
    const fault = (kind) => this.faults.take(kind, {request});
    let bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const headers = {'content-type': typeof body === 'string' ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8', vary: 'Origin, X-Origin, Referer', date: new Date().toUTCString(), ...more};
    if (fault('lost')) return request.socket.destroy();
    if (fault('garbage')) bytes = Buffer.from('{"kind": "bigquery#garb');
    if (/\bgzip\b/.test(request.headers['accept-encoding'] || '') && /gzip/.test(request.headers['user-agent'] || '') && bytes.length > 100) {
      bytes = zlib.gzipSync(bytes, {level: 1});
      headers['content-encoding'] = 'gzip';
    }
    const cut = fault('cut'), drip = fault('drip');
    if (code !== 204 && code !== 304) headers['content-length'] = String(bytes.length);
    response.writeHead(code, headers);
    if (cut) {
      response.write(bytes.subarray(0, Math.min(cut.bytes, bytes.length - 1)), () => setTimeout(() => request.socket.destroy(), 20));
      return undefined;
    }
    if (!drip) return response.end(code === 204 ? undefined : bytes);
    let at = 0;
    const more1 = () => {
      if (response.destroyed) return;
      response.write(bytes.subarray(at, at + drip.bytes));
      at += drip.bytes;
      if (at >= bytes.length) response.end();
      else setTimeout(more1, drip.milliseconds);
    };
    return more1();
  }

  // ---- what tests order ----

  control(what, request, response) {
    const body = json(request.body), done = (answer = {}) => {
      const text = JSON.stringify(answer);
      response.writeHead(200, {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)});
      response.end(text);
    };
    const acts = {
      fault: () => { for (const rule of [].concat(body)) this.faults.add(rule); },
      clear: () => { this.faults.clear(); this.log = []; },
      faults: () => this.faults.taken,
      log: () => this.log,
      facts: () => this.facts(),
      expire: () => this.auth.expireAll(),
      jobs: () => [...this.jobs.all.values()].map((job) => ({id: job.id, state: job.state, error: job.error, location: job.location, query: (job.configuration.query || {}).query})),
      running: () => [...this.jobs.all.values()].filter((job) => job.state !== 'DONE').map((job) => job.id),
      set: () => {
        for (const [name, value] of Object.entries(body)) {
          if (!['pageBytes', 'insertErrors', 'settled', 'timeZone'].includes(name)) throw new Error(`unknown setting ${name}`);
          this[name] = value;
        }
        this.jobs.timeZone = this.timeZone;
        if (body.settled) for (const [, sets] of this.store.projects) for (const d of sets.values()) for (const t of d.tables.values()) t.streamed = 0;
      },
      token: () => ({token: this.auth.issue(body.email || this.account.name, body.scopes || ['https://www.googleapis.com/auth/bigquery'], body.lifetime)}),
      reset: () => {
        for (const datasets of this.store.projects.values()) datasets.clear();
        for (const map of [this.jobs.all, this.jobs.requests, this.jobs.sessions, this.jobs.cache]) map.clear();
        this.faults.clear();
        this.log = [];
      },
    };
    if (!acts[what]) {
      response.writeHead(404);
      return response.end();
    }
    return done(acts[what]());
  }

  close() {
    this.engine.stop();
    process.exit(0);
  }
}

function json(body) {
  if (!body.length) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new ApiError(400, 'parseError', `Invalid JSON payload received. ${error.message}`);
  }
}

// What "fields" asks for of an answer: names, a/b, a(b,c) and *.
function partial(answer, mask) {
  let at = 0;
  const one = () => {
    const [name] = /^[^,()/]*/.exec(mask.slice(at));
    at += name.length;
    if (mask[at] === '/') {
      at++;
      return [name, new Map([one()])];
    }
    if (mask[at] !== '(') return [name, null];
    at++;
    const inner = several();
    at++;
    return [name, inner];
  };
  const several = () => {
    const wanted = new Map([one()]);
    while (mask[at] === ',') {
      at++;
      wanted.set(...one());
    }
    return wanted;
  };
  const pick = (value, wanted) => {
    if (!wanted || value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item) => pick(item, wanted));
    if (wanted.has('*')) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, pick(v, wanted.get('*'))]));
    return Object.fromEntries(Object.entries(value).filter(([k]) => wanted.has(k)).map(([k, v]) => [k, pick(v, wanted.get(k))]));
  };
  return pick(answer, several());
}

function readAll(request) {
  return new Promise((done, fail) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => done(Buffer.concat(parts)));
    request.on('error', fail);
    request.on('aborted', () => fail(new Error('the client went away')));
  });
}

function listen(server) {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
}

function main() {
  const args = {lifetime: '3600', projects: 'gw-emulated,gw-other'};
  for (let i = 2; i < process.argv.length; i += 2) args[process.argv[i].replace(/^--/, '')] = process.argv[i + 1];
  const emulator = new Emulator({modules: path.resolve(args.modules), work: path.resolve(args.work), projects: args.projects.split(','),
    lifetime: Number(args.lifetime), canary: args.canary});
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => emulator.close());
  // Whoever started us holds our standard input; when that ends, so do we.
  process.stdin.on('end', () => emulator.close()).resume();
  emulator.open().then(() => process.stdout.write(JSON.stringify(emulator.facts()) + '\n'), (error) => {
    console.error(error);
    if (emulator.engine) emulator.engine.stop();
    process.exit(1);
  });
}

main();
