/** What a screen reader says of something that moves: how it is once it settles, not each step on the way. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const SETTLED = 600;

/** A sentence of null is nothing to speak of: what was said stays. */
export function Aloud({ label, sentence }: { label: string; sentence: string | null }): JSX.Element {
  const [said, setSaid] = useState("");
  const first = useRef(true);
  useEffect(() => {
    if (sentence === null) return;
    if (first.current) {
      first.current = false; // the page is read from its top
      return;
    }
    const timer = setTimeout(() => setSaid(sentence), SETTLED);
    return () => clearTimeout(timer);
  }, [sentence]);
  return (
    <div class="pw-aloud" role="status" aria-label={label}>
      {said}
    </div>
  );
}
