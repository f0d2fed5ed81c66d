// Notices that the library was changed elsewhere: in another tab or window, or from the command
// line. It asks while the page is looked at, and once more when it is looked at again.
(() => {
  "use strict";

  const EVERY_MS = 2000;

  class LibraryWatch {
    // The value of the component is the state of the library that the page shows.
    constructor(trigger, props, server, watch) {
      this.trigger = trigger;
      this.server = server;
      this.shown = null;
      this.asking = false;
      watch("value", () => (this.shown = props.value));
      setInterval(() => this.check(), EVERY_MS);
      document.addEventListener("visibilitychange", () => this.check());
    }

    async check() {
      if (document.hidden || this.asking || !this.shown) return;
      this.asking = true;
      const shown = this.shown;
      try {
        const now = await this.server.library_state();
        // What the page itself has changed meanwhile it shows already.
        if (now && now !== shown && shown === this.shown) {
          this.shown = now;
          this.trigger("changed");
        }
      } catch {
        // The studio is not there at the moment: the next time will tell.
      } finally {
        this.asking = false;
      }
    }
  }

  let library = null;

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    library: {
      mount(trigger, props, server, watch) {
        library = new LibraryWatch(trigger, props, server, watch);
      },
      check() {
        library?.check();
      },
    },
  });
})();
