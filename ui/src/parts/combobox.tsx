import { useEffect, useRef, useState } from "preact/hooks";

export interface Option {
  value: string;
  label: string;
  hint?: string;
}

interface Props {
  label: string;
  placeholder?: string;
  options: Option[];
  loading?: boolean;
  text: string;
  onText: (text: string) => void;
  onPick: (option: Option) => void;
  /** What Enter does while nothing is highlighted. */
  onEnter?: () => void;
  id?: string;
  autofocus?: boolean;
  hideLabel?: boolean;
  class?: string;
}

let boxes = 0;

/** A field with suggestions (the ARIA combobox pattern: the list is read while the focus stays). */
export function Combobox(props: Props) {
  const id = useRef(props.id ?? `combobox-${++boxes}`).current;
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setAt(-1), [props.text, props.options.length]);
  useEffect(() => {
    if (props.autofocus) input.current?.focus();
  }, [props.autofocus]);
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at, id]);
  const pick = (option: Option) => {
    props.onPick(option);
    setOpen(false);
    setAt(-1);
  };
  const keys = (event: KeyboardEvent) => {
    const last = props.options.length - 1;
    if (event.key === "ArrowDown") {
      setOpen(true);
      setAt(at >= last ? 0 : at + 1);
    } else if (event.key === "ArrowUp") setAt(at <= 0 ? last : at - 1);
    else if (event.key === "Enter") {
      if (open && at >= 0) pick(props.options[at]);
      else props.onEnter?.();
    } else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = open && (props.options.length > 0 || props.loading);
  return (
    <div class={`combobox ${props.class ?? ""}`}>
      <label for={id} class={props.hideLabel ? "sr" : ""}>{props.label}</label>
      <input
        id={id} ref={input} type="text" role="combobox" autocomplete="off" spellcheck={false}
        placeholder={props.placeholder} value={props.text}
        aria-expanded={shown ? "true" : "false"} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={shown && at >= 0 ? `${id}-${at}` : undefined}
        onInput={(event) => {
          props.onText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={keys}
      />
      <ul id={`${id}-list`} role="listbox" aria-label={props.label} hidden={!shown}>
        {props.options.map((option, i) => (
          <li key={option.value} id={`${id}-${i}`} role="option" aria-selected={i === at}
            onPointerDown={(event) => {
              event.preventDefault();
              pick(option);
            }}>
            <span>{option.label}</span>
            {option.hint && <small>{option.hint}</small>}
          </li>
        ))}
        {props.loading && props.options.length === 0 && <li role="option" aria-selected="false" aria-disabled="true"><small>Looking …</small></li>}
      </ul>
    </div>
  );
}
