import { render } from "preact";
import { App } from "./app";
import { interceptLinks } from "./lib/router";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/pages.css";

interceptLinks();
const root = document.getElementById("app") as HTMLElement;
root.replaceChildren();
render(<App />, root);
