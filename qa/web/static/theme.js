// Sets the theme before anything is drawn: the reader's choice, else the system's wish.
(() => {
  const key = "footnote-theme";
  const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const stored = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.setAttribute("aria-pressed", String(theme === "dark"));
  };
  show(stored() || system());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { if (!stored()) show(system()); });
  document.addEventListener("DOMContentLoaded", () => {
    show(document.documentElement.dataset.theme);
    document.getElementById("theme")?.addEventListener("click", () => {
      const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
      try { localStorage.setItem(key, next); } catch { /* private window: the choice holds for this page */ }
      show(next);
    });
  });
})();
