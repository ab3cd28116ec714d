import { useEffect, useState } from "preact/hooks";

let show: (message: string) => void = () => undefined;

/** Says below the page that something was done. */
export function toast(message: string): void {
  show(message);
}

export function Toasts() {
  const [message, setMessage] = useState("");
  useEffect(() => {
    show = setMessage;
  }, []);
  useEffect(() => {
    if (!message) return;
    const timer = setTimeout(() => setMessage(""), 5000);
    return () => clearTimeout(timer);
  }, [message]);
  return <div class={`toast ${message ? "on" : ""}`} role="status">{message}</div>;
}
