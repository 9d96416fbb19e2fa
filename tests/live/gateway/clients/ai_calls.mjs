// What the npm package `ai` does with a gateway: argument 1 is its base URL, argument 2 a key.
import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";

const [base, apiKey] = process.argv.slice(2);
const compatible = createOpenAICompatible({ name: "gateway", baseURL: `${base}/v1`, apiKey, supportsStructuredOutputs: true });
const models = {
  chat: compatible("fast"),
  responses: createOpenAI({ baseURL: `${base}/v1`, apiKey }).responses("fast"),
  messages: createAnthropic({ baseURL: `${base}/v1`, apiKey })("fast"),
};
const city = jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] });
const person = jsonSchema({
  type: "object", properties: { name: { type: "string" }, born: { type: "integer" } },
  required: ["name", "born"], additionalProperties: false,
});
const weather = tool({ description: "The weather", inputSchema: city, execute: async ({ city }) => `21 C in ${city}` });

for (const [name, model] of Object.entries(models)) {
  const whole = await generateText({ model, prompt: "hi", maxRetries: 0 });
  assert.equal(whole.text, "Hello from upstream.", name);
  assert.equal(whole.usage.outputTokens, 5, name);
  const stream = streamText({ model, prompt: "hi", maxRetries: 0 });
  const pieces = [];
  for await (const piece of stream.textStream) pieces.push(piece);
  assert.equal(pieces.join(""), "Hello from upstream.", name);
  assert.equal(pieces.length, 3, name);
  const steps = { model, prompt: "hi", tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 };
  const answered = await generateText(steps);
  assert.match(answered.text, /The tool says .*21 C in Paris/, name);
  const streamed = streamText(steps);
  assert.match(await streamed.text, /The tool says .*21 C in Paris/, name);
  if (name !== "messages") {
    const { object } = await generateObject({ model, schema: person, prompt: "hi", maxRetries: 0 });
    assert.deepEqual(object, { name: "Ada", born: 1815 }, name);
  }
}
console.log("ai ok");
