// A list that is drawn as HTML: what is pressed in it, and what the person had under way there when
// it is drawn anew: the menus that were open, what was typed and not sent, and where the focus was.
(() => {
  "use strict";

  const idOf = (node) => node.closest("[data-id]")?.dataset.id ?? "";
  const segmentOf = (node) => node.closest("[data-segment]")?.dataset.segment ?? "";

  // What tells a control from all others of the list, also after it was drawn anew.
  function placeOf(node) {
    const form = node.form?.dataset ?? {};
    const own = node.dataset;
    return [node.tagName, node.name, idOf(node), segmentOf(node), form.event, form.what, own.event,
      own.what].join("\n");
  }

  // What stood in a field before anybody typed.
  function savedIn(field) {
    const chosen = [...(field.options ?? [])].find((option) => option.defaultSelected);
    return field.defaultValue ?? chosen?.value;
  }

  class List {
    constructor(element, trigger, watch) {
      this.element = element;
      this.trigger = trigger;
      this.open = new Set();
      this.typed = new Map();
      this.focused = null;
      element.addEventListener("click", (event) => this.click(event.target));
      element.addEventListener("submit", (event) => this.submit(event));
      element.addEventListener("input", (event) => this.type(event.target));
      element.addEventListener("keydown", (event) => this.key(event));
      document.addEventListener("focusin", ({ target }) => {
        this.focused = element.contains(target) ? target : null;
      });
      document.addEventListener("pointerdown", ({ target }) => {
        if (!element.contains(target)) this.focused = null;
      });
      watch("value", () => this.restore());
    }

    send(node, value) {
      const voice = node.closest("[data-id]")?.dataset ?? {};
      // What was typed may be meant for the voice as it was before.
      const revision = Number(node.dataset.revision ?? voice.revision ?? 0);
      const id = voice.id ?? "";
      const what = node.dataset.what ?? "";
      this.trigger(node.dataset.event, { id, revision, segment: segmentOf(node), what, value });
    }

    close(menu) {
      this.open.delete(idOf(menu));
      menu.open = false;
      menu.querySelector("summary").focus();
    }

    click(target) {
      // One menu at a time: it lies over the cards below.
      this.element.querySelectorAll(".vs-menu[open]").forEach((other) => {
        if (other === target.closest(".vs-menu")) return;
        this.open.delete(idOf(other));
        other.open = false;
      });
      const menu = target.closest(".vs-menu > summary")?.parentNode;
      if (menu && menu.open) this.open.delete(idOf(menu));
      if (menu && !menu.open) this.open.add(idOf(menu));
      const button = target.closest("button[data-event]");
      if (!button) return;
      this.send(button, button.dataset.value ?? "");
      if (button.closest(".vs-menu")) this.close(button.closest(".vs-menu"));
    }

    submit(event) {
      event.preventDefault();
      const form = event.target;
      for (const field of form.elements) this.typed.delete(placeOf(field));
      this.send(form, new FormData(form).get("value"));
      if (form.closest(".vs-menu")) this.close(form.closest(".vs-menu"));
    }

    type(field) {
      if (!field.form?.dataset.event) return;
      const revision = field.form.dataset.revision ?? field.closest("[data-id]")?.dataset.revision;
      this.typed.set(placeOf(field), { value: field.value, saved: savedIn(field), revision });
    }

    key(event) {
      const menu = event.target.closest(".vs-menu[open]");
      if (event.key === "Escape" && menu) this.close(menu);
    }

    restore() {
      this.element.querySelectorAll("details.vs-menu").forEach((menu) => {
        menu.open = this.open.has(idOf(menu));
      });
      for (const field of this.element.querySelectorAll("form [name]")) {
        const typed = this.typed.get(placeOf(field));
        if (!typed) continue;
        const saved = savedIn(field);
        field.value = typed.value;
        // Somebody else has saved something there: they are not to be overruled unseen.
        if (saved !== typed.saved) field.form.dataset.revision = typed.revision;
      }
      this.restoreFocus();
    }

    restoreFocus() {
      const before = this.focused;
      if (!before || before.isConnected || document.activeElement !== document.body) return;
      const place = placeOf(before);
      const same = [...this.element.querySelectorAll(before.tagName)].find(
        (node) => placeOf(node) === place
      );
      if (!same) return;
      same.focus({ preventScroll: true });
      if (before.selectionStart != null) {
        same.setSelectionRange(before.selectionStart, before.selectionEnd);
      }
    }
  }

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    list: (element, trigger, watch) => new List(element, trigger, watch),
  });
})();
