import { styleText } from 'node:util';

const HAS_COLOUR = process.stdout.isTTY && !process.env.NO_COLOR;

export function bold(text: string): string {
  return HAS_COLOUR ? styleText('bold', text) : text;
}

export function dim(text: string): string {
  return HAS_COLOUR ? styleText('dim', text) : text;
}

function green(text: string): string {
  return HAS_COLOUR ? styleText('green', text) : text;
}

function red(text: string): string {
  return HAS_COLOUR ? styleText('red', text) : text;
}

export function line(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function chapter(number: number, title: string): void {
  line();
  line(bold(`${number}. ${title}`));
}

export function allowed(what: string, answer: string): void {
  line(`   ${green('✓')} ${what}`);
  line(dim(`     ${answer}`));
}

export function refused(what: string, answer: string): void {
  line(`   ${red('✗')} ${what}`);
  line(dim(`     ${answer}`));
}
