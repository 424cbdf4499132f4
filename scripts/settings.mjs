// What the commands of this folder share: where the project is, where its data goes, and its .env.
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Enters the project's folder, wherever the command was called from, and reads `.env`; the shell's values win. */
export function enterProject() {
  process.chdir(path.join(import.meta.dirname, '..'));
  if (existsSync('.env')) process.loadEnvFile('.env');
}

/** The folder that holds the embedded database and the state of `npm start`. */
export const dataFolder = () => path.resolve(process.env.START_DATA_DIR || '.data');
