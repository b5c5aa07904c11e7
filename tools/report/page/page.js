// SPDX-License-Identifier: GPL-2.0-only
// Zoom of the timeline: wheel or buttons, drag to move.  Without scripts the whole run is shown.
(function () {
	const svg = document.getElementById("timeline");
	if (!svg)
		return;
	const all = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
	const runNs = Number(svg.dataset.ns), ticks = document.getElementById("ticks");
	let from = 0, span = all, drag = null;

	function text(ns) {
		const units = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];
		const [unit, name] = units.find(([u]) => ns >= u) || units[3];
		return Number((ns / unit).toPrecision(4)) + " " + name;
	}
	function show() {
		span = Math.min(all, Math.max(all / 2000, span));
		from = Math.min(all - span, Math.max(0, from));
		svg.setAttribute("viewBox", from + " 0 " + span + " " + height);
		[...ticks.children].forEach((t, i, list) => {
			const at = from + span * i / (list.length - 1);
			t.textContent = text(at / all * runNs);
		});
	}
	function zoom(factor, at) {
		const x = from + span * at;
		span = Math.min(all, span * factor);
		from = x - span * at;
		show();
	}
	svg.addEventListener("wheel", e => {
		const box = svg.getBoundingClientRect();
		e.preventDefault();
		zoom(e.deltaY < 0 ? 0.8 : 1.25, (e.clientX - box.left) / box.width);
	}, {passive: false});
	svg.addEventListener("pointerdown", e => {
		drag = {x: e.clientX, from: from};
		svg.setPointerCapture(e.pointerId);
	});
	svg.addEventListener("pointermove", e => {
		if (!drag)
			return;
		from = drag.from - (e.clientX - drag.x) / svg.getBoundingClientRect().width * span;
		show();
	});
	svg.addEventListener("pointerup", () => { drag = null; });
	document.getElementById("zoom-in").onclick = () => zoom(0.5, 0.5);
	document.getElementById("zoom-out").onclick = () => zoom(2, 0.5);
	document.getElementById("zoom-all").onclick = () => { from = 0; span = all; show(); };
	show();
})();
