// A client over tedious: reads requests as lines of JSON, answers each with one.
// {"sql": text} a batch; {"sql": text, "params": [[name, type, value, options]]} an RPC;
// {"cancel": ms} with it: the request is cancelled that much later.
'use strict';
const { Connection, Request, TYPES } = require('tedious');
const readline = require('readline');
const [port, user, password, database, encrypt] = process.argv.slice(2);
const connection = new Connection({
	server: 'localhost',
	authentication: { type: 'default', options: { userName: user, password } },
	options: { port: Number(port), database, encrypt: encrypt === 'yes', trustServerCertificate: true, rowCollectionOnRequestCompletion: false,
		useUTC: true, cancelTimeout: 60000, requestTimeout: 180000, connectTimeout: 60000 },
});

function show(value) {
	if (value instanceof Date) {
		const more = value.nanosecondsDelta ? (value.nanosecondsDelta * 1e7).toFixed(0).padStart(4, '0') : '';
		return value.toISOString().replace('Z', more + 'Z');
	}
	return Buffer.isBuffer(value) ? '0x' + value.toString('hex') : value;
}

function run(order) {
	return new Promise((resolve) => {
		const out = { sets: [], errors: [], infos: [], outputs: {}, counts: [] };
		const info = (m) => out.infos.push([m.number, m.message]);
		const fault = (m) => out.errors.push([m.number, m.class, m.message]);
		connection.on('infoMessage', info);
		connection.on('errorMessage', fault);
		let timer;
		const request = new Request(order.sql, (error) => {
			// What comes too late for this one must not strike the next.
			clearTimeout(timer);
			connection.removeListener('infoMessage', info);
			connection.removeListener('errorMessage', fault);
			if (error && error.code !== 'EREQUEST')
				out.failure = error.code;
			resolve(out);
		});
		request.on('columnMetadata', (columns) => out.sets.push({
			columns: columns.map((c) => [c.colName, c.type.name, c.dataLength === undefined ? null : c.dataLength, c.precision === undefined ? null : c.precision,
				c.scale === undefined ? null : c.scale]), rows: [] }));
		request.on('row', (columns) => out.sets[out.sets.length - 1].rows.push(columns.map((c) => show(c.value))));
		for (const event of ['done', 'doneInProc'])
			request.on(event, (count) => out.counts.push(count === undefined ? null : count));
		request.on('returnValue', (name, value) => { out.outputs[name] = show(value); });
		for (const [name, type, value, options] of order.params || []) {
			if (options && options.output)
				request.addOutputParameter(name, TYPES[type], value, options);
			else
				request.addParameter(name, TYPES[type], type.match(/Date|Time/) && value ? new Date(value) : type.match(/Binary/) && value ? Buffer.from(value, 'hex') : value, options);
		}
		if (order.how === 'prepare') {
			request.on('prepared', () => connection.execute(request, Object.fromEntries(order.params.map((p) => [p[0], p[2]]))));
			connection.prepare(request);
		} else if (order.how === 'begin')
			connection.beginTransaction((error) => { if (error) out.failure = error.message; resolve(out); }, '', order.level);
		else if (order.how === 'commit')
			connection.commitTransaction((error) => { if (error) out.failure = error.message; resolve(out); });
		else if (order.how === 'rollback')
			connection.rollbackTransaction((error) => { if (error) out.failure = error.message; resolve(out); });
		else if (order.how === 'save')
			connection.saveTransaction((error) => { if (error) out.failure = error.message; resolve(out); }, order.name);
		else if (order.params)
			connection.execSql(request);
		else
			connection.execSqlBatch(request);
		if (order.cancel !== undefined)
			timer = setTimeout(() => connection.cancel(), order.cancel);
	});
}

connection.on('error', () => {});
connection.on('connect', async (error) => {
	if (error) {
		console.log(JSON.stringify({ refused: error.message, number: error.number || (error.cause && error.cause.number) || null }));
		process.exit(0);
	}
	console.log(JSON.stringify({ connected: true, database: connection.config.options.database }));
	for await (const line of readline.createInterface({ input: process.stdin }))
		console.log(JSON.stringify(await run(JSON.parse(line))));
	connection.close();
	process.exit(0);
});
connection.connect();
