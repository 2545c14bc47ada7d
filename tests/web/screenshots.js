// Pictures of the demos for the README, taken of two or three windows that talk to each other.
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { closeBrowser, openBrowser, Visit } from "./support/browser.js";
import { Window } from "./support/demo.js";
import { startSite } from "./support/site.js";

const folder = fileURLToPath(new URL("../../web/screenshots/", import.meta.url));
const viewport = { width: 720, height: 680 };

const open = (visit, site, demo, count) =>
  Promise.all(Array.from({ length: count }, () => Window.open(visit, site, demo)));

const pictures = {
  async meet(visit, site) {
    const [ada, grace] = await open(visit, site, "meet", 2);
    await ada.opens("tea-time", { name: "Ada" });
    await grace.joins("tea-time", { name: "Grace" });
    await Promise.all([ada.reads("Grace is here"), grace.reads("Ada is here")]);
    await Promise.all([ada, grace].map((one) => one.page.locator("#camera").click()));
    await Promise.all([ada.sees(2), grace.sees(2)]);
    await grace.says("Can you hear me?");
    await ada.reads("Can you hear me?");
    await ada.says("Loud and clear.");
    await grace.reads("Loud and clear.");
    return ada;
  },

  async datachannel(visit, site) {
    const [one, two, three] = await open(visit, site, "datachannel", 3);
    await one.opens("tea-time");
    await two.joins("tea-time");
    await two.reads("Connected to 1 other");
    await three.joins("tea-time");
    await Promise.all([one, two, three].map((each) => each.reads("Connected to 2 other")));
    await two.says("Anybody for tea?");
    await three.reads("Anybody for tea?");
    await three.says("Always.");
    await one.reads("Always.");
    await one.says("The kettle is on.");
    return one;
  },

  async rtcmulticonnection(visit, site) {
    const [one, two] = await open(visit, site, "rtcmulticonnection", 2);
    await one.opens("tea-time", { camera: true });
    await two.joins("tea-time", { camera: true });
    await Promise.all([one.sees(2), two.sees(2)]);
    await two.says("Here is the recipe.");
    const buffer = Buffer.from("Warm the pot.");
    await two.page.locator("#file").setInputFiles({ name: "tea.txt", mimeType: "text/plain", buffer });
    await one.page.locator("#log a").waitFor();
    return one;
  },

  async conference(visit, site) {
    const [one, two, three] = await open(visit, site, "conference", 3);
    await one.opens("tea-time");
    await two.joins("tea-time");
    await Promise.all([one.sees(2), two.sees(2)]);
    await three.joins("tea-time");
    await Promise.all([one.sees(3), two.sees(3), three.sees(3)]);
    return one;
  },
};

await mkdir(folder, { recursive: true });
const site = await startSite();
await openBrowser();
for (const [name, take] of Object.entries(pictures)) {
  const visit = await Visit.begin({ viewport });
  const { page } = await take(visit, site);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}${name}.png` });
  await visit.end();
}
const visit = await Visit.begin({ viewport });
const index = await visit.page(site.url);
await index.screenshot({ path: `${folder}index.png` });
await visit.end();
await closeBrowser();
await site.stop();
