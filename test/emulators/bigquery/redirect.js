// Preloaded into Google's client, which asks https://oauth2.googleapis.com for tokens whatever the key file says: that
// host's connections go to the emulator.  Names are still checked against its certificate.
'use strict';
const tls = require('tls');

const {hostname, port} = new URL(process.env.EMULATOR_URL), connect = tls.connect;
tls.connect = (...args) => {
  const at = args.findIndex((arg) => arg && typeof arg === 'object' && !Array.isArray(arg));
  if (at >= 0 && args[at].host === 'oauth2.googleapis.com') {
    args[at] = {...args[at], host: hostname, port: Number(port), servername: 'oauth2.googleapis.com'};
  }
  return connect(...args);
};
