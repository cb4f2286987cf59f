// Uploads for load jobs: in one part with the job's description (multipart), or in pieces (resumable).
'use strict';
const crypto = require('crypto');
const {ApiError} = require('./store');

const PIECE = 256 * 1024;

// The two parts of a multipart/related body.
function multipart(type, body) {
  const m = /boundary="?([^";]+)"?/i.exec(type || '');
  if (!m) throw new ApiError(400, 'badContent', 'Media type multipart/related needs a boundary');
  const mark = Buffer.from('--' + m[1]), parts = [];
  for (let at = body.indexOf(mark); at >= 0;) {
    const next = body.indexOf(mark, at + mark.length);
    if (next < 0) break;
    const part = body.subarray(at + mark.length + 2, next - 2), blank = part.indexOf('\r\n\r\n');
    if (blank >= 0) parts.push(part.subarray(blank + 4));
    else if (part.subarray(0, 2).toString() === '\r\n') parts.push(part.subarray(2));
    at = next;
  }
  if (parts.length !== 2) throw new ApiError(400, 'badContent', `Expected two parts, found ${parts.length}`);
  return {body: JSON.parse(parts[0].toString()), media: parts[1]};
}

class Uploads {
  constructor() {
    this.open = new Map();
  }

  begin(project, headers, body) {
    const id = crypto.randomBytes(16).toString('hex');
    this.open.set(id, {project, body, parts: [], size: 0, expected: Number(headers['x-upload-content-length'] || NaN)});
    return id;
  }

  // {done, upload} or {received}: 308 with what has come so far.
  put(id, headers, data) {
    const upload = this.open.get(id);
    if (!upload) throw new ApiError(404, 'notFound', 'Upload session not found');
    const range = headers['content-range'] || (data.length ? `bytes 0-${data.length - 1}/${data.length}` : 'bytes */0');
    const m = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(range);
    if (!m) throw new ApiError(400, 'badRequest', `Failed to parse Content-Range header: ${range}`);
    const total = m[3] === '*' ? null : Number(m[3]);
    if (m[1] !== undefined) {
      const [from, to] = [Number(m[1]), Number(m[2])];
      if (to - from + 1 !== data.length) throw new ApiError(400, 'badRequest', 'Content-Range does not agree with the length of the body');
      if (from > upload.size) throw new ApiError(400, 'badRequest', `Invalid request. There were ${upload.size} bytes received before byte ${from}.`);
      if (total === null && data.length % PIECE) throw new ApiError(400, 'badRequest', `Invalid request. The number of bytes uploaded is required to be equal or greater than ${PIECE}, except for the final request, and a multiple of it.`);
      const fresh = data.subarray(upload.size - from);
      upload.parts.push(Buffer.from(fresh));
      upload.size += fresh.length;
    }
    if (total === null || upload.size < total) return {received: upload.size};
    this.open.delete(id);
    return {done: true, project: upload.project, body: upload.body, media: Buffer.concat(upload.parts)};
  }
}

module.exports = {Uploads, multipart};
