// Two points on a photograph. The server measures between them: this script only says
// where they are, in pixels of the picture.
"use strict";
(() => {
  const form = document.getElementById("mesure");
  if (!form) return;
  const $ = (id) => document.getElementById(id);
  const image = $("image"), view = $("vue"), say = $("mesure-dit"), note = $("noter"), zoom = $("zoom");
  const w = Number(form.dataset.w), h = Number(form.dataset.h);
  const handles = [$("point-1"), $("point-2")];
  const points = [null, null]; // in pixels of the picture
  const placed = [false, false]; // by the person
  let asked = 0;

  const scale = () => w / image.clientWidth;
  const draw = () => {
    for (const [i, p] of points.entries()) {
      handles[i].hidden = !p;
      if (!p) continue;
      handles[i].style.left = p.x / scale() + "px";
      handles[i].style.top = p.y / scale() + "px";
    }
    for (const id of ["trait-fond", "trait"]) {
      const line = $(id);
      line.setAttribute("visibility", points[0] && points[1] ? "visible" : "hidden");
      for (const [i, p] of points.entries()) {
        if (!p) continue;
        line.setAttribute("x" + (i + 1), p.x / scale());
        line.setAttribute("y" + (i + 1), p.y / scale());
      }
    }
  };
  const measure = async () => {
    note.disabled = true;
    if (!placed[0] || !placed[1]) return;
    for (const [i, p] of points.entries()) {
      form.elements["x" + (i + 1)].value = p.x.toFixed(1);
      form.elements["y" + (i + 1)].value = p.y.toFixed(1);
    }
    form.elements.echelle.value = scale().toFixed(3);
    const mine = ++asked;
    try {
      const r = await fetch(form.action, {
        method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual", headers: { "Accept": "application/json" },
      });
      if (r.type === "opaqueredirect") { location.reload(); return; }
      const answer = await r.json();
      if (mine !== asked) return;
      say.textContent = answer.say;
      note.disabled = !answer.ok;
    } catch {
      say.textContent = form.dataset.silent;
    }
  };
  let timer = 0;
  const moved = () => { draw(); clearTimeout(timer); timer = setTimeout(measure, 120); };
  const put = (i, x, y) => {
    placed[i] = true;
    points[i] = { x: Math.min(Math.max(x, 0), w), y: Math.min(Math.max(y, 0), h) };
    moved();
  };
  const place = (e) => {
    const box = image.getBoundingClientRect();
    return [(e.clientX - box.left) * scale(), (e.clientY - box.top) * scale()];
  };
  image.addEventListener("click", (e) => {
    const [x, y] = place(e);
    let i = placed.indexOf(false);
    if (i < 0) i = Math.hypot(points[0].x - x, points[0].y - y) < Math.hypot(points[1].x - x, points[1].y - y) ? 0 : 1;
    put(i, x, y);
    handles[i].focus({ preventScroll: true });
  });
  for (const [i, handle] of handles.entries()) {
    let held = false;
    handle.addEventListener("pointerdown", (e) => { held = true; handle.setPointerCapture(e.pointerId); });
    handle.addEventListener("pointermove", (e) => { if (held) put(i, ...place(e)); });
    handle.addEventListener("pointerup", () => { held = false; });
    handle.addEventListener("keydown", (e) => {
      const step = (e.shiftKey ? 20 : 1) * Math.max(scale(), 1);
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[e.key];
      if (!by) return;
      e.preventDefault();
      put(i, points[i].x + by[0], points[i].y + by[1]);
    });
  }
  form.addEventListener("change", measure);
  zoom.addEventListener("click", () => {
    const real = view.classList.toggle("real");
    zoom.setAttribute("aria-pressed", real);
    draw();
    (points[0] ? handles[0] : image).scrollIntoView({ block: "nearest", inline: "center" });
    measure();
  });
  // Both points are on the picture from the start, so that the keyboard reaches them.
  const ready = () => {
    zoom.hidden = false;
    points[0] = { x: w * 0.4, y: h * 0.5 };
    points[1] = { x: w * 0.6, y: h * 0.5 };
    draw();
  };
  if (image.complete && image.naturalWidth) ready(); else image.addEventListener("load", ready);
  addEventListener("resize", draw);
})();
