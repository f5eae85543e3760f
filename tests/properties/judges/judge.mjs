// Judges definitions, a line of JSON each: answers with a line {"asl-validator": [...], "language-service": [...]}, what
// each finds wrong (nothing: it accepts the definition). argv: the folder that node_modules is in.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(join(process.argv[2], 'package.json'));
const validate = require('asl-validator');
const ajv = createRequire(require.resolve('asl-validator'))('ajv');
const { getLanguageService } = require('amazon-states-language-service');
const { TextDocument } = require('vscode-languageserver-textdocument');

// asl-validator compiles its schemas anew for every definition, which takes fifty times what the rest takes: it gets the
// validator of its first one each time, with the formats and keywords it has been given then.
const { default: Ajv } = ajv;
let compiled;
ajv.default = function Once(options) {
  if (compiled) compiled.addKeyword = compiled.addFormat = () => compiled;
  compiled ??= new Ajv(options);
  return compiled;
};

const service = getLanguageService({});
const ERROR = 1; // DiagnosticSeverity of the Language Server Protocol

async function byLanguageService(text) {
  const document = TextDocument.create('file:///machine.asl.json', 'asl', 1, text);
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  return found.filter(({ severity }) => severity === ERROR).map(({ message }) => message);
}

function byAslValidator(text) {
  const { isValid, errors } = validate(JSON.parse(text));
  return isValid ? [] : errors.map((error) => `${error['Error code']}: ${error.Message}`);
}

for await (const text of createInterface({ input: process.stdin })) {
  const verdict = { 'asl-validator': byAslValidator, 'language-service': byLanguageService };
  for (const [name, judge] of Object.entries(verdict)) {
    try {
      verdict[name] = await judge(text);
    } catch (error) {
      verdict[name] = [`it fails: ${error.message}`];
    }
  }
  console.log(JSON.stringify(verdict));
}
