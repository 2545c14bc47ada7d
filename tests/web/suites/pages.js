// The pages on a phone, as they come from the server: nothing sticks out, nothing comes from elsewhere,
// nothing is complained of.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { visitingAs } from "../support/browser.js";
import { startSite } from "../support/site.js";

const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

describe("browser.pages", () => {
  let site;
  before(async () => (site = await startSite()));
  after(() => site.stop());

  const demos = ["meet", "datachannel", "rtcmulticonnection", "conference"].map((name) => `/demos/${name}/`);
  for (const path of ["/", "/demos/", ...demos]) {
    it(`fit, stand alone and are content: ${path}`, visitingAs(phone, async (visit) => {
      const page = await visit.page(`about:blank`);
      const [hosts, complaints] = [new Set(), []];
      page.on("request", (request) => hosts.add(new URL(request.url()).host));
      page.on("response", (answer) => answer.ok() || complaints.push(`${answer.status()} ${answer.url()}`));
      page.on("console", (line) => {
        if (["error", "warning"].includes(line.type())) complaints.push(line.text());
      });
      const fits = async () => {
        // Not innerWidth: a phone shows a page smaller if something sticks out.
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= phone.viewport.width, `${width} px`);
      };
      await page.goto(site.url + path);
      await fits();
      if (demos.includes(path)) {
        await page.locator("#state[data-state=connected]").waitFor();
        await page.locator("#room").fill("a room with quite a long name, for such a small screen");
        await page.locator("#open").click();
        const isIn = page.getByText("You are in").or(page.getByText("is open."));
        await isIn.first().waitFor();
        await fits();
      }
      assert.deepEqual([[...hosts].filter(Boolean), complaints], [[new URL(site.url).host], []]);
    }));
  }
});
