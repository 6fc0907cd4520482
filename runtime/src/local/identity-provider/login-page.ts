import { createHash } from 'node:crypto';

/** Names typed in by people are shown back to them. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = 'body{font:16px/1.5 system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}'
  + 'label{display:block;margin:1rem 0}input,button{font:inherit;width:100%;padding:.5rem;box-sizing:border-box}';

/** Nothing but this page's own style is loaded; the form may lead on to the client's redirect URI. */
export const LOGIN_PAGE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; frame-ancestors 'none'`,
};

/** A form in which a developer says who to be. There is no password: every client and user is on this machine. */
export function loginPage(clientName: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in to the local fleet</title>
<style>${STYLE}</style>
<h1>Sign in</h1>
<p><strong>${escaped(clientName)}</strong> wants to use the local fleet. Who are you?</p>
<form method="post">
<label>User <input name="subject" required autofocus autocomplete="off"></label>
<label>Groups, separated by commas <input name="groups" autocomplete="off"></label>
<button>Sign in</button>
</form>
</html>
`;
}
