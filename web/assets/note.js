// Keeps what is being written with the server, so that a locked or reloaded page
// loses nothing.
"use strict";
(() => {
  const form = document.getElementById("note-form");
  const state = document.getElementById("note-state");
  if (!form) return;
  let timer = 0, sent = new URLSearchParams(new FormData(form)).toString();
  let leaving = false; // the form itself is on its way
  form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); });
  const keep = async () => {
    if (leaving) return;
    const body = new URLSearchParams(new FormData(form)).toString();
    if (body === sent) return;
    try {
      const r = await fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
      if (r.status === 204) {
        sent = body;
        state.textContent = "Gardé sur ce poste tant que le programme tourne. Ce texte n’est dans le journal qu’une fois signé.";
        return;
      }
    } catch { /* said below */ }
    state.textContent = "Ce texte n’est pas gardé : le programme ne répond pas. Ne fermez pas cette page.";
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 600); });
  addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
})();
