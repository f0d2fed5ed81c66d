// Keeps the end of the chat log in sight while it grows, and leaves it alone once the person has
// scrolled up to read: until they ask for something new, or come back to the end themselves.
(() => {
  "use strict";

  // Closer to the end than this counts as being there.
  const NEAR_PX = 40;

  class LogFollower {
    // The log appears somewhere inside of `place`, now or later.
    constructor(place) {
      this.following = true;
      this.lastTop = 0;
      this.log = null;
      // Sound is drawn some time after its bubble and makes it taller; only sizes tell that.
      this.sizes = new ResizeObserver(() => this.toEnd());
      this.changes = new MutationObserver(() => this.attend(place));
      this.changes.observe(place, { childList: true, subtree: true });
      this.attend(place);
    }

    attend(place) {
      const log = place.querySelector("[role='log']");
      if (log === null) return;
      if (log !== this.log) {
        this.log = log;
        log.addEventListener("scroll", () => this.scrolled(), { passive: true });
        // Something may be drawn between the wheel and the scrolling that it leads to.
        log.addEventListener("wheel", ({ deltaY }) => (this.following &&= deltaY >= 0), {
          passive: true,
        });
        // From now on only its own changes matter, not those of what stands around it.
        this.changes.disconnect();
        this.changes.observe(log.parentNode, { childList: true, subtree: true });
      }
      this.sizes.disconnect();
      for (const part of [log, ...log.children]) this.sizes.observe(part);
      this.toEnd();
    }

    // Growing never moves the log, so whatever goes up was moved by the person.
    scrolled() {
      const { scrollTop, scrollHeight, clientHeight } = this.log;
      const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      if (isAtEnd) this.following = true;
      else if (scrollTop < this.lastTop) this.following = false;
      this.lastTop = scrollTop;
    }

    toEnd() {
      if (!this.following || this.log === null) return;
      this.log.scrollTop = this.log.scrollHeight;
      this.lastTop = this.log.scrollTop;
    }

    follow() {
      this.following = true;
      this.toEnd();
    }
  }

  let follower = null;

  window.voiceStudio = Object.assign(window.voiceStudio ?? {}, {
    chatLog: {
      mount(place) {
        follower = new LogFollower(place);
      },
      follow() {
        follower?.follow();
      },
    },
  });
})();
