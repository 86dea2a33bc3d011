/** The history is fetched while something that shows it is there. */

import { useEffect } from "preact/hooks";
import { useStore } from "../view";

export function useHistory(): void {
  const { history } = useStore();
  useEffect(() => history.watch(), [history]);
}
