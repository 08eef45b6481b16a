// The official OpenAI SDK for Node, unmodified: node openai_client.mjs <base url> <folder>
// Prints one JSON object of what it saw; the test that runs it decides whether that is right.
// It lies beside a node_modules folder when it runs: modules are found from where a script lies.
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import OpenAI from "openai";

const [baseURL, folder] = process.argv.slice(2);
const asked = { model: "gpt-4o-mini-tts", voice: "alloy", input: "Rain falls on the seven old houses." };
const client = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
const seen = {};

// A whole answer, for each format.
seen.formats = {};
for (const response_format of ["mp3", "opus", "aac", "flac", "wav", "pcm"]) {
  const answer = await client.audio.speech.create({ ...asked, response_format });
  const bytes = Buffer.from(await answer.arrayBuffer());
  fs.writeFileSync(path.join(folder, `speech.${response_format}`), bytes);
  seen.formats[response_format] = answer.headers.get("content-type");
}

// A stream into a file.
const streamed = await client.audio.speech.create({ ...asked, response_format: "pcm" });
await pipeline(Readable.fromWeb(streamed.body), fs.createWriteStream(path.join(folder, "streamed.pcm")));

// Server-sent events. The SDK's types leave them as a raw answer.
const eventful = await client.audio.speech.create({ ...asked, response_format: "pcm", stream_format: "sse" });
const events = (await eventful.text()).split("\n\n").filter(Boolean).map((event) => JSON.parse(event.slice(6)));
const audio = events.filter((event) => event.type === "speech.audio.delta").map((event) => event.audio);
fs.writeFileSync(path.join(folder, "events.pcm"), Buffer.concat(audio.map((part) => Buffer.from(part, "base64"))));
seen.last = events.at(-1);
seen.eventTypes = [...new Set(events.map((event) => event.type))];

// Our own members pass through as any other.
const bed = { background: { type: "rain" }, seed: 1, response_format: "wav", project: "node" };
const mixed = await client.audio.speech.create({ ...asked, ...bed });
seen.render = mixed.headers.get("x-render-url");
fs.writeFileSync(path.join(folder, "mixed.wav"), Buffer.from(await mixed.arrayBuffer()));

// Refusals become the SDK's error classes.
seen.refusals = {};
const wrong = {
  voice: { voice: "nobody" },
  model: { model: "nobody" },
  input: { input: "" },
  speed: { speed: 9 },
  member: { foo: 1 },
  events: { model: "tts-1", stream_format: "sse" },
};
for (const [name, members] of Object.entries(wrong)) {
  try {
    await client.audio.speech.create({ ...asked, ...members });
    seen.refusals[name] = null;
  } catch (error) {
    const { status, type, param, code, requestID, message } = error;
    seen.refusals[name] = { class: error.constructor.name, status, type, param, code, message, requestID: !!requestID };
  }
}

// A full house: the SDK tries again by itself, and by what Retry-After says.
const busy = process.env.BUSY_URL && new OpenAI({ baseURL: process.env.BUSY_URL, apiKey: "any", maxRetries: 0 });
if (busy) {
  const long = Array.from({ length: 60 }, (_, n) => `This is sentence number ${n + 1} of many.`).join(" ");
  const first = await busy.audio.speech.create({ ...asked, input: long, response_format: "wav" });
  const reader = first.body.getReader();
  await reader.read();
  try {
    await busy.audio.speech.create(asked);
  } catch (error) {
    seen.busy = { class: error.constructor.name, status: error.status, retryAfter: error.headers.get("retry-after") };
  }
  const patient = new OpenAI({ baseURL: process.env.BUSY_URL, apiKey: "any", maxRetries: 3 });
  const waiting = patient.audio.speech.create(asked);
  while (!(await reader.read()).done);
  seen.retried = (await (await waiting).arrayBuffer()).byteLength;
}

// Models.
const models = [];
for await (const model of client.models.list()) models.push(model.id);
seen.models = models;
seen.model = await client.models.retrieve("espeak");

console.log(JSON.stringify(seen));
