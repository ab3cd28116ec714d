import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, get, remembered } from "./api";

export interface Loaded<T> {
  data?: T;
  error?: ApiError;
  /** True while the newest answer is under way; `data` may be of the request before. */
  loading: boolean;
  reload: () => void;
}

/** The answer of a GET; null asks nothing. What is shown stays until the next answer is there. It is
 *  asked for at once, before the frame that shows that it is: a frame is a sixth of the time that a
 *  click may take. */
export function useGet<T>(url: string | null): Loaded<T> {
  const [state, setState] = useState<{ url: string | null; data?: T; error?: ApiError; loading: boolean }>(() => ({
    url,
    data: url ? remembered<T>(url) : undefined,
    loading: url !== null,
  }));
  const [turn, setTurn] = useState(0);
  useLayoutEffect(() => {
    if (url === null) {
      setState({ url, loading: false });
      return;
    }
    const abort = new AbortController();
    const known = remembered<T>(url);
    setState((old) => {
      // What shows that it loads needs no state of its own: `url` is another one than the state's.
      const shown = old.url === url ? old.loading && !old.error : true;
      return shown && (known === undefined || known === old.data) ? old : { url, data: known ?? old.data, loading: true };
    });
    get<T>(url, abort.signal).then(
      (data) => !abort.signal.aborted && setState({ url, data, loading: false }),
      (error) =>
        !abort.signal.aborted &&
        setState({ url, error: error instanceof ApiError ? error : new ApiError(0, String(error), url), loading: false }),
    );
    return () => abort.abort();
  }, [url, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { data: state.data, error: state.url === url ? state.error : undefined, loading: state.loading || state.url !== url, reload };
}

/** Calls again and again while the page is looked at; null stops. */
export function usePoll(call: () => void, milliseconds: number | null): void {
  const latest = useRef(call);
  latest.current = call;
  useEffect(() => {
    if (milliseconds === null) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, milliseconds);
    return () => clearInterval(timer);
  }, [milliseconds]);
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Kontor` : "Kontor";
  }, [title]);
}

/** The width of an element, kept true as it changes. */
export function useWidth<E extends HTMLElement>(): [(element: E | null) => void, number] {
  const [width, setWidth] = useState(0);
  const observer = useRef<ResizeObserver | null>(null);
  const attach = useCallback((element: E | null) => {
    observer.current?.disconnect();
    observer.current = null;
    if (!element) return;
    setWidth(Math.floor(element.clientWidth));
    observer.current = new ResizeObserver((entries) => setWidth(Math.floor(entries[0].contentRect.width)));
    observer.current.observe(element);
  }, []);
  return [attach, width];
}

/** `value`, but only once it has not changed for a while. */
export function useSettled<T>(value: T, milliseconds = 150): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
