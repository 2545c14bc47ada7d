// npm run chaos -- SECONDS [SEED]: both kinds of chaos for so long, then a verdict.
import { Chaos } from "../test/support/chaos.js";

const seconds = Number(process.argv[2] ?? 120);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
let failed = false;
for (const kills of [false, true]) {
  const chaos = new Chaos({ seed, kills });
  try {
    await chaos.begin();
    await chaos.rage(seconds / 2);
    await chaos.settle();
    const faults = chaos.faults();
    failed ||= faults.length > 0;
    console.log(`seed ${seed}, ${JSON.stringify(chaos.done)}: ${faults.length} faults`);
    for (const fault of faults) console.log(`  ${fault}`);
  } finally {
    await chaos.end();
  }
}
process.exit(failed ? 1 : 0);
