// npm run chaos -- [SECONDS [SEED [ROUNDS]]]: rounds of chaos for so long each, first without, then with
// kills, each with the next seed; then a verdict.
import { Chaos } from "../test/support/chaos.js";

const [seconds = 60, seed = Date.now() % 1e9, rounds = 1] = process.argv.slice(2).map(Number);
let failed = false;
for (let round = 0; round < rounds; round += 1) {
  for (const kills of [false, true]) {
    const { done, faults } = await Chaos.run({ seconds, seed: seed + round, kills });
    failed ||= faults.length > 0;
    console.log(`seed ${seed + round}, ${JSON.stringify(done)}: ${faults.length} faults`);
    for (const fault of faults) console.log(`  ${fault}`);
  }
}
process.exit(failed ? 1 : 0);
