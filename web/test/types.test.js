// The types, held against a sample of their use by the TypeScript compiler.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

describe("web.types", () => {
  it("say what the documentation says", () => {
    const sample = fileURLToPath(new URL("types_sample.ts", import.meta.url));
    const program = ts.createProgram([sample], {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
      types: [],
    });
    const found = ts.getPreEmitDiagnostics(program);
    assert.deepEqual(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ")), []);
  });
});
