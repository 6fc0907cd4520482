/** What a person types into the sign-in form. */
export interface SignInForm {
  readonly subject: string;
  readonly groups: string;
}

export interface SignedIn {
  /** The client's redirect URI, with the code. */
  readonly callback: URL;
  /** The page with the form. */
  readonly page: string;
}

/** Signs in as a browser does: follows redirects with its cookies, and fills in the form, until led to the client. */
export async function signIn(
  authorizationUrl: string | URL, redirectUri: string, form: SignInForm,
): Promise<SignedIn> {
  const cookies = new Map<string, string>();
  let location = new URL(authorizationUrl);
  let body: URLSearchParams | undefined;
  let page = '';
  for (let hop = 0; hop < 10; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const method = body === undefined ? 'GET' : 'POST';
    const response = await fetch(location, { method, body, headers: { cookie }, redirect: 'manual' });
    for (const [, name, value] of response.headers.getSetCookie().map((text) => /^([^=]+)=([^;]*)/.exec(text)!)) {
      cookies.set(name!, value!);
    }
    const next = response.headers.get('location');
    if (next?.startsWith(redirectUri)) {
      return { callback: new URL(next), page };
    }
    if (next === null) {
      page = await response.text();
      body = new URLSearchParams({ ...form });
    } else {
      location = new URL(next, location);
      body = undefined;
    }
  }
  throw new Error(`the sign-in leads nowhere; its last page was: ${page}`);
}
