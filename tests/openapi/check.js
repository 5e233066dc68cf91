// check.js FILE: the OpenAPI document of FILE by a published validator, and each answer of
// FILE by the schema that the document has for it. Prints what is wrong, one line each.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [file, modules] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const { Validator } = await import(require.resolve("@seriousme/openapi-schema-validator"));
const Ajv2020 = require("ajv/dist/2020.js").default;
const addFormats = require("ajv-formats").default;

const { document, answers } = JSON.parse(readFileSync(file, "utf8"));
const problems = [];

const validity = await new Validator().validate(structuredClone(document));
if (!validity.valid)
  problems.push(`the document: ${JSON.stringify(validity.errors).slice(0, 3000)}`);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "doc:", components: document.components });

function resolve(thing) {
  while (thing?.$ref)
    thing = thing.$ref.slice(2).split("/").reduce((at, key) => at[key], document);
  return thing;
}

function operationOf(id) {
  for (const item of Object.values(document.paths))
    for (const operation of Object.values(item))
      if (operation.operationId === id) return operation;
  throw new Error(`no operation ${id}`);
}

const compiled = new Map();
function validatorOf(schema) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) {
    const absolute = JSON.parse(key.replaceAll('"#/components/', '"doc:#/components/'));
    compiled.set(key, ajv.compile(absolute));
  }
  return compiled.get(key);
}

for (const { id, status, type, body } of answers) {
  const response = resolve(operationOf(id).responses[String(status)]);
  const where = `${id} ${status}`;
  if (!response) {
    problems.push(`${where}: this status is not described: ${JSON.stringify(body).slice(0, 500)}`);
    continue;
  }
  const content = response.content?.[type] ?? response.content?.["*/*"];
  if (!response.content) {
    if (body !== null && body !== "") problems.push(`${where}: a body that is not described`);
  } else if (!content) {
    problems.push(`${where}: type ${type} is not described`);
  } else if (type.endsWith("json")) {
    const validate = validatorOf(content.schema);
    if (!validate(body))
      problems.push(`${where}: ${ajv.errorsText(validate.errors).slice(0, 800)}`);
  }
}
console.log(problems.join("\n"));
