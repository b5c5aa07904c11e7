// SPDX-License-Identifier: GPL-2.0-only
// browser.js GMEMSIM ROOT: the HTML report in headless Chromium, light, dark, printed, zoomed.
// Skipped (77) where there is no Chromium or no playwright-core.
const {execFileSync} = require("child_process");
const fs = require("fs"), os = require("os"), path = require("path");

let chromium;
try {
	chromium = require("playwright-core").chromium;
} catch (e) {
	process.exit(77);
}
const browser = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(p => fs.existsSync(p));
if (!browser)
	process.exit(77);

const [gmemsim, root] = process.argv.slice(2);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "page-"));
const file = path.join(dir, "r.html"), json = path.join(dir, "r.json");
let failed = 0, number = 0;

function ok(name, good) {
	console.log((good ? "ok " : "not ok ") + ++number + " - " + name);
	failed += !good;
}

async function look(b, scheme) {
	const page = await b.newPage({colorScheme: scheme, viewport: {width: 1180, height: 900}});
	const requests = [], errors = [];

	page.on("request", r => requests.push(r.url()));
	page.on("pageerror", e => errors.push(e.message));
	page.on("console", m => m.type() === "error" && errors.push(m.text()));
	await page.goto("file://" + file);
	const report = JSON.parse(fs.readFileSync(json, "utf8"));
	const cells = await page.$$eval("#locks tr + tr", rows => rows.map(r =>
		[...r.cells].slice(2).map(c => Number(c.dataset.ns ?? c.dataset.n))));
	const want = report.locks.map(l => [l.acquisitions, l.contentions,
		...["wait_ns", "hold_ns"].flatMap(k => ["p50", "p99", "max", "total"].map(q => l[k][q]))]);
	ok(scheme + ": the table of locks is the report's", JSON.stringify(cells) === JSON.stringify(want));
	const box = await page.locator("#timeline").boundingBox();
	const drawn = await page.locator("#timeline rect").count();
	ok(scheme + ": the timeline is drawn", box.width > 500 && box.height > 100 && drawn > 10);
	const [bg, fg] = await page.evaluate(() => {
		const s = getComputedStyle(document.body);
		return [s.backgroundColor, s.color].map(c => c.match(/\d+/g).slice(0, 3)
			.reduce((a, b) => a + Number(b), 0));
	});
	ok(scheme + ": text and background differ", Math.abs(bg - fg) > 400 && (bg > fg) === (scheme === "light"));
	await page.click("#zoom-in");
	const view = await page.getAttribute("#timeline", "viewBox");
	ok(scheme + ": zooming halves the view", Number(view.split(" ")[2]) === 50000);
	ok(scheme + ": nothing runs over the page's side", await page.evaluate(() =>
		document.documentElement.scrollWidth <= window.innerWidth));
	ok(scheme + ": no request but the file", requests.length === 1 && requests[0].startsWith("file:"));
	ok(scheme + ": no error", errors.length === 0);
	if (scheme === "light") {
		ok("it prints", (await page.pdf({format: "A4"})).length > 10000);
		await page.emulateMedia({media: "print"});
		await page.setViewportSize({width: 700, height: 1000}); // between A4's margins
		ok("no table is wider than a printed page", await page.evaluate(() =>
			[...document.querySelectorAll("table")].every(t => t.getBoundingClientRect().right <= 700)));
	}
	await page.close();
}

(async () => {
	execFileSync(gmemsim, ["run", "-q", "--html", file, "--json", json,
		path.join(root, "traces/lockups/one-gib-made-shared-1g.gms")]);
	const b = await chromium.launch({executablePath: browser, args: ["--no-sandbox"]});
	for (const scheme of ["light", "dark"])
		await look(b, scheme);
	await b.close();
	fs.rmSync(dir, {recursive: true});
	console.log("1.." + number);
	process.exit(failed ? 1 : 0);
})();
