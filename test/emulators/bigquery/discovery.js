// The discovery document, made of the routes: clients that are built from it (the bq command, Python's generic one) ask
// for it first.  Bodies are described as objects without known fields, which those clients pass on as they are.
'use strict';
const {ROUTES} = require('./rest');

const INTEGERS = ['maxResults', 'timeoutMs', 'accessPolicyVersion'];
const QUERIES = {
  'projects.list': ['maxResults', 'pageToken'], 'datasets.list': ['all', 'filter', 'maxResults', 'pageToken'], 'datasets.get': ['accessPolicyVersion', 'datasetView'],
  'datasets.delete': ['deleteContents'], 'datasets.insert': ['accessPolicyVersion'], 'datasets.patch': ['accessPolicyVersion', 'updateMode'],
  'datasets.update': ['accessPolicyVersion', 'updateMode'], 'tables.list': ['maxResults', 'pageToken'], 'tables.get': ['selectedFields', 'view'], 'tables.patch': ['autodetect_schema'],
  'tables.update': ['autodetect_schema'],
  'tabledata.list': ['maxResults', 'pageToken', 'startIndex', 'selectedFields', 'formatOptions.useInt64Timestamp', 'formatOptions.timestampOutputFormat'],
  'jobs.get': ['location'], 'jobs.cancel': ['location'], 'jobs.delete': ['location'],
  'jobs.getQueryResults': ['location', 'maxResults', 'pageToken', 'startIndex', 'timeoutMs', 'formatOptions.useInt64Timestamp', 'formatOptions.timestampOutputFormat'],
  'jobs.list': ['allUsers', 'maxCreationTime', 'maxResults', 'minCreationTime', 'pageToken', 'parentJobId', 'projection', 'stateFilter'],
  'routines.list': ['filter', 'maxResults', 'pageToken', 'readMask'], 'models.list': ['maxResults', 'pageToken'],
};
const BODIES = {
  'datasets.insert': ['Dataset', 'Dataset'], 'datasets.patch': ['Dataset', 'Dataset'], 'datasets.update': ['Dataset', 'Dataset'], 'datasets.get': [null, 'Dataset'],
  'datasets.list': [null, 'DatasetList'], 'projects.list': [null, 'ProjectList'], 'projects.getServiceAccount': [null, 'GetServiceAccountResponse'],
  'tables.insert': ['Table', 'Table'], 'tables.patch': ['Table', 'Table'], 'tables.update': ['Table', 'Table'], 'tables.get': [null, 'Table'], 'tables.list': [null, 'TableList'],
  'tabledata.list': [null, 'TableDataList'], 'tabledata.insertAll': ['TableDataInsertAllRequest', 'TableDataInsertAllResponse'],
  'jobs.query': ['QueryRequest', 'QueryResponse'], 'jobs.getQueryResults': [null, 'GetQueryResultsResponse'], 'jobs.insert': ['Job', 'Job'], 'jobs.get': [null, 'Job'],
  'jobs.list': [null, 'JobList'], 'jobs.cancel': [null, 'JobCancelResponse'], 'routines.list': [null, 'ListRoutinesResponse'], 'models.list': [null, 'ListModelsResponse'],
};

function method(entry) {
  const parameters = {};
  for (const name of entry.names) parameters[name] = {location: 'path', required: true, type: 'string', pattern: '^[^/]+$'};
  for (const name of QUERIES[entry.id] || []) {
    parameters[name] = {location: 'query', type: INTEGERS.includes(name) ? 'integer' : /^(all|allUsers|deleteContents|autodetect_schema)$|useInt64/.test(name) ? 'boolean' : 'string'};
    if (INTEGERS.includes(name)) parameters[name].format = 'uint32';
    if (name === 'stateFilter') parameters[name].repeated = true;
  }
  const flatPath = entry.path.replace(/(\w+)\/\{\w+\}/g, '$1/{$1Id}'), [request, response] = BODIES[entry.id] || [];
  const out = {id: `bigquery.${entry.id}`, path: entry.path.replace(/\{(\w+)\}/g, '{+$1}'), flatPath, httpMethod: entry.method, parameters, parameterOrder: entry.names,
    scopes: ['https://www.googleapis.com/auth/bigquery', 'https://www.googleapis.com/auth/cloud-platform']};
  if (request) out.request = {$ref: request};
  if (response) out.response = {$ref: response};
  if (entry.upload) {
    const path = 'upload/bigquery/v2/projects/{+projectId}/jobs';
    Object.assign(out, {supportsMediaUpload: true, mediaUpload: {accept: ['*/*'],
      protocols: {simple: {multipart: true, path: '/' + path}, resumable: {multipart: true, path: '/resumable/' + path}}}});
  }
  return out;
}

function document(root) {
  const resources = {}, schemas = {};
  for (const entry of ROUTES) {
    const [resource, name] = entry.id.split('.');
    (resources[resource] = resources[resource] || {methods: {}}).methods[name] = method(entry);
    for (const id of BODIES[entry.id] || []) if (id) schemas[id] = {id, type: 'object', properties: {}, additionalProperties: {type: 'any'}};
  }
  return {
    kind: 'discovery#restDescription', discoveryVersion: 'v1', id: 'bigquery:v2', name: 'bigquery', version: 'v2', protocol: 'rest', title: 'BigQuery API',
    description: 'A data platform for customers to create, manage, share and query data.', rootUrl: root + '/', servicePath: 'bigquery/v2/', baseUrl: root + '/bigquery/v2/',
    basePath: '/bigquery/v2/', batchPath: 'batch/bigquery/v2', revision: '20250528', ownerDomain: 'google.com', ownerName: 'Google', icons: {}, version_module: true,
    parameters: {
      alt: {type: 'string', location: 'query', default: 'json', enum: ['json', 'media', 'proto']}, prettyPrint: {type: 'boolean', location: 'query', default: 'true'},
      fields: {type: 'string', location: 'query'}, quotaUser: {type: 'string', location: 'query'}, key: {type: 'string', location: 'query'},
      access_token: {type: 'string', location: 'query'}, uploadType: {type: 'string', location: 'query'}, upload_protocol: {type: 'string', location: 'query'}},
    auth: {oauth2: {scopes: {'https://www.googleapis.com/auth/bigquery': {description: 'View and manage your data in Google BigQuery'},
      'https://www.googleapis.com/auth/cloud-platform': {description: 'See, edit, configure, and delete your Google Cloud data'}}}},
    schemas, resources,
  };
}

module.exports = {document};
