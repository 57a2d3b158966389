// Locks a page that nobody touches. Without this script the page does it by itself,
// where it has nothing that could be lost.
"use strict";
(() => {
  const seconds = Number(document.body.dataset.idle);
  const to = document.body.dataset.idleTo;
  if (!seconds || !to) return;
  let last = Date.now();
  const act = () => { last = Date.now(); };
  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll", "input"]) {
    addEventListener(kind, act, { passive: true });
  }
  // Somebody who types or reads is there, although the server sees nothing of it.
  let told = Date.now();
  const warning = document.getElementById("idle-warning");
  setInterval(() => {
    warning.hidden = Date.now() - last < (seconds - 20) * 1000;
    // A page whose text nobody could keep stays: it is the only place where that text is.
    if (Date.now() - last > seconds * 1000 && !document.body.dataset.unkept) { location.replace(to); return; }
    if (last > told && Date.now() - told > seconds * 250) {
      told = Date.now();
      fetch("/present", { method: "POST", redirect: "manual" }).catch(() => {});
    }
  }, 1000);
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); });
})();
