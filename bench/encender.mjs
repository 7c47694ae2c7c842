// $apply by encender, many times in one process: `node encender.mjs FOLDER INPUT TIMES`.
// FOLDER has encender in its node_modules; INPUT is a JSON list: the PlanDefinition first,
// then its ActivityDefinitions and a Patient. Prints the codes it selected and its CPU.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder, input, times] = process.argv.slice(2);
const main = pathToFileURL(`${folder}/node_modules/encender/src/main.js`);
const { applyPlan, simpleResolver } = await import(main);
const resources = JSON.parse(readFileSync(input));
const resolver = simpleResolver(resources);
const subject = `Patient/${resources.find((each) => each.resourceType === 'Patient').id}`;
const apply = () => applyPlan(structuredClone(resources[0]), subject, resolver, {});

for (let warm = 0; warm < 20; warm += 1) await apply();
const before = process.cpuUsage();
let answer;
for (let round = 0; round < Number(times); round += 1) answer = await apply();
const used = process.cpuUsage(before);
const requests = answer.flat(9).filter((each) => each.resourceType === 'ServiceRequest');
console.log(JSON.stringify({
  codes: requests.map((each) => each.code.coding[0].code),
  microseconds: (used.user + used.system) / Number(times),
}));
