// A handling unit's work: what is due next comes first.

import { startPage } from './page.js';

await startPage({});
