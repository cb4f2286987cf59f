// Who calls: the token endpoint, the metadata server, impersonation, token exchange, and the check of bearer tokens.
'use strict';
const crypto = require('crypto');
const {ApiError} = require('./store');

const GOOGLE_TOKEN = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/';
const WRITE = ['bigquery', 'cloud-platform'].map((name) => SCOPE + name);
// Of a token that makes another.
const ACT = ['iam', 'cloud-platform'].map((name) => SCOPE + name);
const READ = [...WRITE, SCOPE + 'bigquery.readonly', SCOPE + 'cloud-platform.read-only'];

class OauthError extends Error {
  constructor(error, description, code = 400) {
    super(description);
    Object.assign(this, {error, code});
  }
}

class Auth {
  // accounts: {email: public key in PEM}; lifetime of tokens in seconds.
  constructor(about) {
    Object.assign(this, about, {tokens: new Map(), asked: []});
  }

  issue(email, scopes, lifetime = this.lifetime) {
    const token = 'ya29.' + crypto.randomBytes(32).toString('base64url');
    this.tokens.set(token, {email, scopes, expires: Date.now() + lifetime * 1000});
    return token;
  }

  expireAll() {
    for (const token of this.tokens.values()) token.expires = 0;
  }

  verify(jwt, audiences, describe) {
    const parts = jwt.split('.'), decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
    let header, claims;
    try {
      [header, claims] = [decode(parts[0]), decode(parts[1])];
    } catch (error) {
      throw new OauthError('invalid_grant', 'Invalid JWT: Failed to parse.');
    }
    if (parts.length !== 3 || /[^A-Za-z0-9_-]/.test(parts.join(''))) throw new OauthError('invalid_grant', 'Invalid JWT: it is not base64url without padding.');
    if (header.alg !== 'RS256') throw new OauthError('invalid_grant', `Invalid JWT: algorithm ${header.alg} is not supported.`);
    const account = this.accounts[claims.iss];
    if (!account) throw new OauthError('invalid_grant', 'Invalid grant: account not found');
    if (header.kid && header.kid !== account.keyId) throw new OauthError('invalid_grant', 'Invalid JWT Signature.');
    const good = crypto.verify('RSA-SHA256', Buffer.from(parts[0] + '.' + parts[1]), account.key, Buffer.from(parts[2], 'base64url'));
    if (!good) throw new OauthError('invalid_grant', 'Invalid JWT Signature.');
    const now = Date.now() / 1000 + (this.skew || 0);
    if (!(claims.exp > claims.iat) || claims.exp - claims.iat > 3600) {
      throw new OauthError('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.');
    }
    if (claims.iat > now + 300 || claims.exp < now) {
      throw new OauthError('invalid_grant', 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.');
    }
    if (!describe(claims, audiences)) throw new OauthError('invalid_grant', `Invalid JWT: Failed audience check. The right audience is ${GOOGLE_TOKEN}`);
    return claims;
  }

  scopes(text) {
    const scopes = String(text || '').split(' ').filter(Boolean);
    if (!scopes.length) throw new OauthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    const odd = scopes.find((scope) => !scope.startsWith(SCOPE));
    if (odd) throw new OauthError('invalid_scope', `Invalid OAuth scope or ID token audience provided: ${odd}`);
    return scopes;
  }

  // POST /token
  token(form) {
    this.asked.push(form.grant_type);
    const grant = form.grant_type;
    if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      const claims = this.verify(form.assertion || '', [GOOGLE_TOKEN, ...this.audiences], (c, list) => list.includes(c.aud));
      return this.answer(this.issue(claims.sub || claims.iss, this.scopes(claims.scope)));
    }
    if (grant === 'refresh_token') {
      const known = this.refresh;
      if (form.client_id !== known.client_id || form.client_secret !== known.client_secret) {
        throw new OauthError('invalid_client', 'The OAuth client was not found.', 401);
      }
      if (form.refresh_token !== known.refresh_token) throw new OauthError('invalid_grant', 'Token has been expired or revoked.');
      return {...this.answer(this.issue(known.email, WRITE)), scope: WRITE.join(' ')};
    }
    if (grant === 'urn:ietf:params:oauth:grant-type:token-exchange') {
      if (form.requested_token_type !== 'urn:ietf:params:oauth:token-type:access_token') throw new OauthError('invalid_request', 'Invalid value for "requested_token_type".');
      if (form.audience !== this.workload.audience) throw new OauthError('invalid_target', 'The target service indicated by the "audience" parameters is invalid.');
      if (form.subject_token !== this.workload.subject_token) throw new OauthError('invalid_grant', 'The given credential is rejected by the attribute condition.');
      return {...this.answer(this.issue(this.workload.email, this.scopes(form.scope))), issued_token_type: form.requested_token_type};
    }
    throw new OauthError('unsupported_grant_type', `Invalid grant_type: ${grant}`);
  }

  answer(token) {
    return {access_token: token, expires_in: Math.max(1, this.lifetime - 1), token_type: 'Bearer'};
  }

  // POST /v1/projects/-/serviceAccounts/EMAIL:generateAccessToken
  impersonate(caller, email, body) {
    if (!this.impersonable.includes(email)) {
      throw new ApiError(403, 'forbidden', `Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).`);
    }
    if (!Array.isArray(body.scope) || !body.scope.length) throw new ApiError(400, 'badRequest', 'Request contains an invalid argument.');
    const seconds = /^(\d+)s$/.exec(body.lifetime || '3600s');
    if (!seconds || Number(seconds[1]) > 3600) throw new ApiError(400, 'badRequest', 'The lifetime must be at most 3600s.');
    const lifetime = Math.min(Number(seconds[1]), this.lifetime);
    return {accessToken: this.issue(email, body.scope, lifetime), expireTime: new Date(Date.now() + lifetime * 1000).toISOString()};
  }

  // GET /computeMetadata/v1/...; null is not found.
  metadata(path, headers) {
    if (headers['metadata-flavor'] !== 'Google') return {code: 403, text: 'Missing required header "Metadata-Flavor": "Google"'};
    const m = /^\/computeMetadata\/v1\/instance\/service-accounts\/(default|[^/]+@[^/]+)\/(token|email|scopes)(?:\?.*)?$/.exec(path);
    if (m && m[2] === 'token') return {json: this.answer(this.issue(this.instance, WRITE))};
    if (m) return {text: m[2] === 'email' ? this.instance : WRITE.join('\n')};
    if (/^\/computeMetadata\/v1\/project\/project-id$/.test(path)) return {text: this.project};
    if (path === '/' || path === '/computeMetadata/v1/') return {text: 'instance/\nproject/\n'};
    return null;
  }

  // The caller of a request; an ApiError 401 or 403 for others.
  caller(headers, scopes) {
    const m = /^Bearer (.+)$/i.exec(headers.authorization || '');
    if (!m) {
      throw new ApiError(401, 'required', 'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.');
    }
    const known = this.tokens.get(m[1]) || this.selfSigned(m[1]);
    if (!known || known.expires < Date.now()) {
      throw new ApiError(401, 'authError', 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.');
    }
    if (!known.scopes.some((scope) => scopes.includes(scope))) {
      throw new ApiError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
    }
    return known.email;
  }

  // A JWT instead of a token: for the service itself, or with scopes.
  selfSigned(jwt) {
    if (jwt.split('.').length !== 3) return null;
    try {
      const claims = this.verify(jwt, this.services, (c, list) => c.sub === c.iss && (c.scope ? !c.aud : list.includes(c.aud)));
      return {email: claims.iss, scopes: claims.scope ? claims.scope.split(' ') : WRITE, expires: claims.exp * 1000};
    } catch (error) {
      return null;
    }
  }
}

module.exports = {Auth, OauthError, ACT, READ, WRITE};
