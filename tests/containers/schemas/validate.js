// Reads a JSON list of Kubernetes objects from standard input and prints a JSON list of complaints,
// one list for each object: what Kubernetes' OpenAPI schema refuses, and every field it has no name
// for (as kubectl's strict validation does; a schema alone lets unknown fields pass).
"use strict";
const fs = require("fs");
const path = require("path");

const models = path.join(process.argv[2], "node_modules", "kubernetes-models", "_schemas");

// "apps/v1", "Deployment" -> IoK8sApiAppsV1Deployment
function schemaName(object) {
  const [version, group] = object.apiVersion.split("/").reverse();
  const short = (group || "core").split(".")[0];
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  return "IoK8sApi" + capital(short) + capital(version) + object.kind;
}

// The validators are compiled: they read each field that the schema names and no other. So a field
// that nobody read is unknown.
function watch(value, where) {
  const read = new Set();
  const children = {};
  const proxy = new Proxy(value, {
    get(target, key) {
      read.add(key);
      const child = target[key];
      if (typeof key === "symbol" || child === null || typeof child !== "object") return child;
      children[key] = children[key] || watch(child, `${where}/${key}`);
      return children[key].proxy;
    },
    // Maps such as labels are walked by their keys, and every key is fine.
    ownKeys(target) {
      Object.keys(target).forEach((key) => read.add(key));
      return Reflect.ownKeys(target);
    },
  });
  const unread = () =>
    Object.keys(value).flatMap((key) => {
      if (!read.has(key)) return [`${where}/${key}`];
      return children[key] ? children[key].unread() : [];
    });
  return { proxy, unread };
}

function complaints(object) {
  const file = path.join(models, schemaName(object) + ".js");
  if (!fs.existsSync(file)) return [`no schema for ${object.apiVersion} ${object.kind}`];
  const { validate } = require(file);
  const watched = watch(object, "");
  const wrong = validate(watched.proxy)
    ? []
    : validate.errors.map((error) => `${error.instancePath}: ${error.message || error.keyword} ${JSON.stringify(error.params)}`);
  return wrong.concat(wrong.length ? [] : watched.unread().map((field) => `${field}: unknown field`));
}

const objects = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(objects.map(complaints)));
