// Behaviour of the page that needs the browser: references, files to verify, lists, switches. No other site is contacted.
(() => {
  "use strict";
  let told = null;
  const words = () => (told ||= JSON.parse(document.getElementById("colophon-words")?.textContent || "{}"));
  const facts = () => words().facts || {};
  const language = () => facts().language || "en";
  // The order of forms in `locales/plural.py`: CLDR's categories; the last form stands for what is missing.
  const ORDER = ["zero", "one", "two", "few", "many", "other"];
  const plural = (forms, count) => {
    const rules = new Intl.PluralRules(language());
    const known = language() === "ar" ? ORDER : language() === "ru" ? ["one", "few", "many"] : rules.resolvedOptions().pluralCategories.includes("one") ? ["one", "other"] : ["other"];
    const at = known.indexOf(rules.select(Number(count)));
    return forms[Math.min(at < 0 ? known.length - 1 : at, forms.length - 1)];
  };
  const say = (key, params = {}) =>
    (words()[key] || key).replace(/\{([a-z_]+)((?:\|[^{}|]*)*)\}/g, (hole, name, forms) =>
      !(name in params) ? hole : forms ? plural(forms.slice(1).split("|"), params[name]) : params[name]);

  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value === true) node.setAttribute(key, "");
      else if (value !== false && value != null) node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  };
  const select = (label, values, prefix, chosen, onchange) =>
    make("select", { "aria-label": label, onchange: (event) => onchange(event.target.value) },
      ...values.map((value) => make("option", { value, selected: value === chosen }, say(`${prefix}.${value}`))));
  const button = (label, text, onclick, extra = {}) =>
    make("button", { type: "button", "aria-label": label, title: label, onclick, ...extra }, text);
  const move = (list, from, to) => { if (to >= 0 && to < list.length) list.splice(to, 0, list.splice(from, 1)[0]); };

  // ---- references -------------------------------------------------------------------------------
  const ROLES = {
    image: ["auto", "character", "style", "scene", "product", "first_frame", "last_frame"],
    video: ["auto", "motion", "camera", "style", "scene"],
    audio: ["auto", "voice_over", "music", "sound_effect"],
  };
  const LIMITS = { image: 9, video: 3, audio: 3 };
  const TOTAL = 12;
  const ENDINGS = ["png", "jpg", "jpeg", "webp", "gif", "mp4", "mov", "m4v", "webm", "wav", "mp3", "m4a", "flac", "ogg", "oga", "opus"];
  const state = { references: [], shots: [] };
  const kindOf = (file) => {
    const [kind] = (file.type || "").split("/");
    if (kind in LIMITS) return kind;
    const ending = file.name.toLowerCase().split(".").pop();
    if (["mp4", "mov", "webm", "mkv", "m4v"].includes(ending)) return "video";
    if (["wav", "mp3", "m4a", "flac", "ogg", "opus", "aac"].includes(ending)) return "audio";
    return "image";
  };
  const named = (list) => {
    const counts = {};
    return list.map((entry) => {
      counts[entry.kind] = (counts[entry.kind] || 0) + 1;
      return { ...entry, name: `${entry.kind}${counts[entry.kind]}` };
    });
  };
  const thumb = (entry) => {
    if (!entry.preview || entry.kind === "audio") return make("span", { class: `thumb ${entry.kind}`, "aria-hidden": "true" });
    return entry.kind === "image"
      ? make("img", { class: "thumb", src: entry.preview, alt: "" })
      : make("video", { class: "thumb", src: `${entry.preview}#t=0.1`, muted: true, preload: "metadata", "aria-hidden": "true" });
  };

  // Names follow the order, so mentions of a reference that moved are renamed with it.
  const renamed = (before, after) => {
    const names = {};
    for (const entry of before) {
      const now = after.find((other) => other.path === entry.path);
      if (now && now.name !== entry.name) names[entry.name] = now.name;
    }
    if (Object.keys(names).length) colophon.rename(names);
  };
  const unfit = (file) => {
    const limit = facts().upload_mb || 200;
    if (file.size > limit * 2 ** 20) return say("refs.large", { label: file.name, limit });
    return ENDINGS.includes(file.name.toLowerCase().split(".").pop()) ? "" : say("refs.kind", { label: file.name });
  };

  // Why an upload did not arrive: the server's own words where it gave some.
  const unsent = (file) => {
    const why = colophon.refused;
    colophon.refused = "";
    return why ? `${file.name}: ${why}` : say("refs.lost", { label: file.name });
  };

  function references({ element, props, upload }) {
    const live = make("p", { class: "live", role: "status", "aria-live": "polite" });
    const list = make("ol", { class: "refs" });
    const input = make("input", { type: "file", multiple: true, id: "reference-files", accept: "image/*,video/*,audio/*",
      onchange: () => { take([...input.files]); input.value = ""; } });
    const drop = make("label", { class: "drop", for: "reference-files" }, input,
      make("strong", {}, say("refs.add")), make("span", {}, say("refs.hint")));
    const hold = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", hold(true));
    drop.addEventListener("dragleave", hold(false));
    drop.addEventListener("drop", (event) => { hold(false)(event); take([...event.dataTransfer.files]); });
    element.replaceChildren(make("div", { class: "refs-box" }, drop, list, live));

    const keep = () => {
      const before = state.references;
      state.references = named(state.references);
      renamed(before.filter((entry) => entry.name), state.references);
      props.value = JSON.stringify(state.references.map(({ path, role, label, kind }) => ({ path, role, label, kind })));
      draw();
      colophon.changed();
    };
    const swap = make("input", { type: "file", hidden: true, tabindex: "-1", "aria-hidden": "true", onchange: () => { replace(swap.files[0]); swap.value = ""; } });
    let swapping = -1;
    const replace = async (file) => {
      const entry = state.references[swapping];
      if (!file || !entry) return;
      const no = unfit(file) || (kindOf(file) !== entry.kind ? say("refs.kind", { label: file.name }) : "");
      if (no) { live.textContent = no; return; }
      live.textContent = say("refs.sending", { label: file.name });
      try {
        const { path } = await upload(file);
        if (entry.preview) URL.revokeObjectURL(entry.preview);
        Object.assign(entry, { path, label: file.name, preview: URL.createObjectURL(file) });
        live.textContent = say("refs.replaced", { label: file.name });
        keep();
      } catch { live.textContent = unsent(file); }
    };
    element.firstChild.append(swap);
    const draw = () => {
      list.replaceChildren(...state.references.map((entry, at) => {
        const row = make("li", { class: "ref", draggable: "true", "data-at": at });
        row.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/x-reference", String(at)));
        row.addEventListener("dragover", (event) => event.preventDefault());
        row.addEventListener("drop", (event) => {
          const from = event.dataTransfer.getData("text/x-reference");
          if (from === "") return;
          event.preventDefault(); event.stopPropagation(); move(state.references, Number(from), at); keep();
        });
        row.append(thumb(entry),
          make("div", { class: "ref-facts" },
            button(say("refs.mention", { name: entry.name }), `@${entry.name}`, () => colophon.insert(`@${entry.name} `), { class: "mention" }),
            make("span", { class: "ref-label", title: entry.label }, entry.label)),
          select(say("refs.role", { name: entry.name }), ROLES[entry.kind], "role", entry.role, (role) => { entry.role = role; keep(); }),
          make("div", { class: "ref-tools" },
            button(say("refs.earlier", { name: entry.name }), "↑", () => { move(state.references, at, at - 1); keep(); }, { disabled: at === 0 }),
            button(say("refs.later", { name: entry.name }), "↓", () => { move(state.references, at, at + 1); keep(); }, { disabled: at === state.references.length - 1 }),
            button(say("refs.replace", { name: entry.name }), "⇄", () => { swapping = at; swap.accept = `${entry.kind}/*`; swap.click(); }),
            button(say("refs.remove", { name: entry.name }), "×", () => {
              if (entry.preview) URL.revokeObjectURL(entry.preview);
              state.references.splice(at, 1); keep(); live.textContent = say("refs.removed", { label: entry.label });
            })));
        return row;
      }));
      list.hidden = !state.references.length;
    };
    const take = async (files) => {
      for (const file of files) {
        const kind = kindOf(file), no = unfit(file);
        if (no) { live.textContent = no; continue; }
        const same = state.references.filter((entry) => entry.kind === kind).length;
        if (same >= LIMITS[kind] || state.references.length >= TOTAL) { live.textContent = say("refs.full", { label: file.name }); continue; }
        live.textContent = say("refs.sending", { label: file.name });
        try {
          const { path } = await upload(file);
          state.references.push({ path, kind, role: "auto", label: file.name, preview: URL.createObjectURL(file) });
          live.textContent = say("refs.added", { label: file.name });
          keep();
        } catch { live.textContent = unsent(file); }
      }
    };
    colophon.resetReferences = () => { state.references = []; keep(); };
    draw();
  }

  // ---- verify -----------------------------------------------------------------------------------
  function inspect({ element, props, trigger, upload }) {
    const live = make("p", { class: "live", role: "status", "aria-live": "polite" });
    const take = async (file) => {
      if (!file) return;
      const limit = facts().upload_mb || 200;
      if (file.size > limit * 2 ** 20) { live.textContent = say("refs.large", { label: file.name, limit }); return; }
      live.textContent = say("verify.reading", { label: file.name });
      try {
        const { path } = await upload(file);
        props.value = JSON.stringify({ path, label: file.name });
        trigger("upload");
      } catch { live.textContent = unsent(file); }
    };
    const input = make("input", { type: "file", id: "verify-input", onchange: () => { take(input.files[0]); input.value = ""; } });
    const drop = make("label", { class: "drop tall", for: "verify-input" }, input, make("strong", {}, say("verify.choose")), make("span", {}, say("verify.kinds")));
    const hold = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", hold(true));
    drop.addEventListener("dragleave", hold(false));
    drop.addEventListener("drop", (event) => { hold(false)(event); take(event.dataTransfer.files[0]); });
    element.replaceChildren(make("div", { class: "refs-box" }, drop, live));
    colophon.inspectRelease = (id) => { props.value = JSON.stringify({ release: id }); trigger("upload"); };
    const slip = document.getElementById("slip");
    if (slip) new MutationObserver(() => { if (slip.querySelector(".slip, .alert")) live.textContent = ""; }).observe(slip, { childList: true, subtree: true });
  }

  // On one column the sheet lies below the form: bring it into view when a job starts.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#generate") || matchMedia("(min-width: 1024px)").matches) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown = new MutationObserver(() => {
      if (!document.querySelector("#stage .steps")) return;
      shown.disconnect();
      document.getElementById("stage").scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
    });
    shown.observe(document.getElementById("stage"), { childList: true, subtree: true });
    setTimeout(() => shown.disconnect(), 10000);
  });

  // ---- lists with actions -----------------------------------------------------------------------
  function actions({ element, trigger }) {
    element.addEventListener("click", (event) => {
      const chosen = event.target.closest("button[data-action]");
      if (!chosen) return;
      const { action, id, part, sure } = chosen.dataset;
      if (sure && !window.confirm(sure)) return;
      if (action === "copy") copy(chosen);
      else if (action === "notify") colophon.notify(chosen);
      else trigger("select", { action, id: id || "", part: part || "" });
      if (action === "preset") colophon.changed(1200);
    });
    element.addEventListener("submit", (event) => {
      const form = event.target.closest("form[data-action]");
      if (!form) return;
      event.preventDefault();
      trigger("select", { ...Object.fromEntries(new FormData(form)), action: form.dataset.action, id: form.dataset.id });
    });
  }
  const copy = async (chosen) => {
    const text = chosen.dataset.link ? new URL(chosen.dataset.link, document.baseURI).href : chosen.dataset.text;
    try { await navigator.clipboard.writeText(text); chosen.textContent = say("copied"); } catch { window.prompt(say("copy"), text); }
  };

  // ---- language and theme -----------------------------------------------------------------------
  const dark = () => {
    const wish = localStorage.getItem("colophon-theme");
    return wish ? wish === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const paint = () => {
    document.body?.classList.toggle("dark", dark());
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", dark() ? "#15171C" : "#F7F4EC");
  };
  document.addEventListener("change", (event) => {
    if (event.target.id !== "language") return;
    const here = new URL(location.href);
    here.searchParams.set("lang", event.target.value);
    location.assign(here);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("#theme-switch")) return;
    localStorage.setItem("colophon-theme", dark() ? "light" : "dark");
    paint();
  });
  document.addEventListener("DOMContentLoaded", () => {
    paint();
    new MutationObserver(() => { if (document.body.classList.contains("dark") !== dark()) paint(); })
      .observe(document.body, { attributes: true, attributeFilter: ["class"] });
    new MutationObserver(() => {
      const menu = document.getElementById("language");
      if (menu && !menu.dataset.set) { menu.value = language(); menu.dataset.set = "1"; }
    }).observe(document.body, { childList: true, subtree: true });
    // Gradio names the browser's language on the page; ours is the chosen one.
    const spoken = () => { if (document.documentElement.lang !== language()) document.documentElement.lang = language(); };
    new MutationObserver(spoken).observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
    spoken();
  });

  const colophon = { inspect, references, actions, say, make, select, button, move, thumb, state, facts, language };
  window.colophon = colophon;
})();
