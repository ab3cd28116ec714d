// Before anything else: who is it? What is asked depends on how the server lets people in.
import { useEffect, useState } from "preact/hooks";
import { ApiError, KONTOR, send } from "../lib/api";
import { useTitle } from "../lib/hooks";
import { finishSignIn, isReturning, startSignIn } from "../lib/oidc";
import { type Me, chooseOrganization } from "../lib/session";
import { Field, Note, Skeleton } from "../parts/basics";

interface Props {
  me: Me;
  done: () => void;
}

function OrganizationForm({ done }: Props) {
  const [org, setOrg] = useState("");
  const fits = /^[A-Za-z0-9._-]{1,60}$/.test(org);
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!fits) return;
        chooseOrganization(org);
        done();
      }}
    >
      <Field label="Organisation" hint="Its id. It is made when it is first seen." error={org && !fits ? "1 to 60 letters, digits, dots, dashes or underscores" : undefined}>
        {(attributes) => <input type="text" {...attributes} value={org} onInput={(event) => setOrg(event.currentTarget.value.trim())} placeholder="org1234567" autocomplete="organization" />}
      </Field>
      <button class="primary" disabled={!fits}>Continue</button>
      <p class="hint">This server trusts whoever can reach it. To be asked for a password instead: <code>kontor user add</code>. To not be asked on this machine: <code>--default-org</code>.</p>
    </form>
  );
}

function PasswordForm({ done }: Props) {
  const [username, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async () => {
    setBusy(true);
    setError("");
    try {
      await send("POST", `${KONTOR}/sign-in`, { username, password });
      done();
    } catch (cause) {
      setError((cause as ApiError).message);
      setPassword("");
    }
    setBusy(false);
  };
  return (
    <form class="form" onSubmit={(event) => (event.preventDefault(), submit())}>
      <Field label="Name">{(attributes) => <input type="text" {...attributes} value={username} autocomplete="username" required onInput={(event) => setName(event.currentTarget.value)} />}</Field>
      <Field label="Password">{(attributes) => <input type="password" {...attributes} value={password} autocomplete="current-password" required onInput={(event) => setPassword(event.currentTarget.value)} />}</Field>
      {error && <Note kind="bad" title="That did not work"><p role="alert">{error}</p></Note>}
      <button class="primary" disabled={busy || !username || !password}>{busy ? "Signing in …" : "Sign in"}</button>
    </form>
  );
}

function OidcForm({ me, done }: Props) {
  const provider = me.sign_in.oidc;
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(isReturning());
  useEffect(() => {
    if (!provider || !isReturning()) return;
    finishSignIn(provider).then(done, (cause: Error) => {
      setError(cause.message);
      setBusy(false);
    });
  }, []);
  if (!provider) return null;
  if (busy) return <Skeleton lines={2} />;
  return (
    <div class="form">
      {error && <Note kind="bad" title="That did not work"><p role="alert">{error}</p></Note>}
      <button type="button" class="primary" onClick={() => startSignIn(provider).catch((cause: Error) => setError(cause.message))}>Sign in with {new URL(provider.issuer).host}</button>
    </div>
  );
}

export function SignInPage({ me, done }: Props) {
  useTitle("Sign in");
  const { password, oidc } = me.sign_in;
  const open = !password && !oidc;
  return (
    <main class="sign-in">
      <div class="brand"><img src="/favicon.svg" alt="" width="28" height="28" /><span>Kontor</span></div>
      <h1>{open ? "Which organisation?" : "Sign in"}</h1>
      {oidc && <OidcForm me={me} done={done} />}
      {oidc && password && <p class="or"><span>or</span></p>}
      {password && <PasswordForm me={me} done={done} />}
      {open && <OrganizationForm me={me} done={done} />}
    </main>
  );
}
