// Warm milliseconds per definition of two npm checkers. argv: NAME definitions.jsonl ROUNDS; prints one JSON object.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [name, file, rounds] = process.argv.slice(2);
const texts = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  .map((line) => JSON.stringify(JSON.parse(line).resolved, null, 2));

function languageService() {
  const { getLanguageService } = require('amazon-states-language-service');
  const { TextDocument } = require('vscode-languageserver-textdocument');
  const service = getLanguageService({});
  return async (text) => {
    const document = TextDocument.create('file:///machine.asl.json', 'asl', 1, text);
    return (await service.doValidation(document, service.parseJSONDocument(document))).length;
  };
}

function aslValidator() {
  const validate = require('asl-validator');
  return async (text) => (validate(JSON.parse(text)).isValid ? 0 : 1);
}

const check = { 'asl-validator': aslValidator, 'language-service': languageService }[name]();
for (const text of texts) await check(text);
const milliseconds = texts.map(() => []);
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [index, text] of texts.entries()) {
    const started = performance.now();
    await check(text);
    milliseconds[index].push(performance.now() - started);
  }
}
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
console.log(JSON.stringify({ milliseconds: milliseconds.map(median) }));
