import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const project: { productName: string } = JSON.parse(
  readFileSync(join(__dirname, '../../package.json'), 'utf8'),
);

/** What users read wherever this product is named: `productName` in package.json. */
export const productName = project.productName;
