// The service's description, made of /openapi.json.

const element = (id) => document.getElementById(id);

function add(parent, tag, text = "") {
  const made = parent.appendChild(document.createElement(tag));
  made.textContent = text;
  return made;
}

function list(parent, heading, rows, words = "") {
  if (!rows.length) return;
  add(parent, "h4", heading);
  if (words) add(parent, "p", words.replaceAll("`", ""));
  const terms = add(parent, "dl");
  for (const [term, words] of rows) {
    add(terms, "dt", term);
    add(terms, "dd", words);
  }
}

/** A schema in a few words. */
function kind(schema = {}) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.enum) return schema.enum.join(" or ");
  if (schema.const) return String(schema.const);
  if (schema.type === "array") return `list of ${kind(schema.items)}`;
  if (schema.format === "binary") return "bytes";
  const range = schema.minimum !== undefined ? ` from ${schema.minimum} to ${schema.maximum}` : "";
  return (schema.title && schema.type === "object" && schema.properties ? schema.title : schema.type ?? "anything") + range;
}

function properties(schema) {
  const rows = Object.entries(schema.properties ?? {});
  return rows.map(([name, of]) => [name, [kind(of), of.description].filter(Boolean).join(". ")]);
}

const service = await (await fetch("openapi.json")).json();
element("about").textContent = service.info.description;
element("examples").textContent = [
  `curl -H 'Content-Type: image/png' --data-binary @picture.png ${location.origin}/api/read`,
  `curl -F file=@photo.jpg ${location.origin}/api/read`,
  `curl -F file=@photo.jpg '${location.origin}/api/states?weights=untrained'`,
].join("\n");

for (const [path, methods] of Object.entries(service.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const section = add(element("paths"), "section");
    const title = add(section, "h3");
    add(title, "b", method.toUpperCase());
    title.append(path);
    add(section, "p", operation.description);
    list(section, "Query", (operation.parameters ?? []).map((one) => [one.name, `${kind(one.schema)}. ${one.description}`]));
    const bodies = Object.entries(operation.requestBody?.content ?? {});
    list(section, "Body", bodies.map(([type, { schema }]) => [type, properties(schema).map((row) => row.join(": ")).join("; ") || kind(schema)]));
    list(section, "Answers", Object.entries(operation.responses).map(([status, response]) => {
      const schema = kind(response.content?.["application/json"]?.schema);
      return [status, schema === "Error" ? response.description : `${response.description} ${schema}.`];
    }));
  }
}
for (const [name, schema] of Object.entries(service.components.schemas)) {
  list(element("schemas"), name, properties(schema), schema.description);
}
