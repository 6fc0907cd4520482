/** An assertion is not accepted. The message says why and may be shown to anybody: it quotes nothing. */
export class InvalidAssertion extends Error {
  override readonly name = 'InvalidAssertion';
}
