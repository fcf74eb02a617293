async function answer(resp) {
  let body = {};
  try {
    body = await resp.json();
  } catch {
    /* an error page is no JSON */
  }
  if (!resp.ok) throw new Error(body.error || `The demo answered ${resp.status}.`);
  return body;
}

export async function get(path, query) {
  return answer(await fetch(`/chat/api/${path}?${new URLSearchParams(query)}`));
}

export async function post(path, body) {
  let resp;
  try {
    resp = await fetch(`/chat/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The demo is not running any more.");
  }
  return answer(resp);
}

// listen opens the stream of changes; on holds a function for each kind.
export function listen(user, after, on) {
  const source = new EventSource(`/chat/api/events?${new URLSearchParams({ user, after })}`);
  for (const [kind, handle] of Object.entries(on)) {
    source.addEventListener(kind, (e) => handle(JSON.parse(e.data)));
  }
  source.addEventListener("error", () => on.clock?.({ lost: true }));
  return source;
}
