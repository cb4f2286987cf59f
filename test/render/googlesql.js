// Google's own SQL analyzer as a judge of BigQuery's DDL: reads a JSON array of statements from
// standard input, writes an array with null for what it takes and the message for what it refuses.
// Usage: node googlesql.js PACKAGE_DIRECTORY PORT
const [, , home, port] = process.argv;
const {ZetaSQLClient, LanguageOptions, TypeFactory, runServer, terminateServer} = require(home);

async function main() {
  runServer(Number(port)).catch(() => {});
  ZetaSQLClient.init(Number(port));
  const client = ZetaSQLClient.getInstance();
  await client.testConnection();
  const language = await new LanguageOptions().enableMaximumLanguageFeatures();
  language.options.supportedStatementKinds = [
    'RESOLVED_CREATE_TABLE_STMT', 'RESOLVED_ALTER_TABLE_STMT', 'RESOLVED_DROP_STMT'];
  language.enableLanguageFeature('FEATURE_INTERVAL_TYPE');
  language.options.productMode = 'PRODUCT_EXTERNAL';
  const answers = [];
  for (const sqlStatement of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
    try {
      await client.analyze({
        sqlStatement,
        options: {languageOptions: language.serialize()},
        simpleCatalog: {name: 'c', builtinFunctionOptions: {languageOptions: language.serialize()}},
      });
      answers.push(null);
    } catch (error) {
      answers.push(String(error.details || error));
    }
  }
  terminateServer();
  process.stdout.write(JSON.stringify(answers) + '\n', () => process.exit(0));
}

main().catch((error) => {
  terminateServer();
  process.stderr.write(String(error) + '\n', () => process.exit(1));
});
