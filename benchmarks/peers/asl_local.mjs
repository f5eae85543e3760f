// aws-local-stepfunctions on one machine: prints the seconds of the run alone. argv: definition.json input.json
import { readFileSync } from 'node:fs';
import { StateMachine } from 'aws-local-stepfunctions';

const [definition, input] = process.argv.slice(2, 4).map((name) => JSON.parse(readFileSync(name, 'utf8')));
const machine = new StateMachine(definition);
await machine.run(input).result; // uncounted: the JIT warms up
const started = performance.now();
const output = await machine.run(input).result;
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, items: output.length }));
