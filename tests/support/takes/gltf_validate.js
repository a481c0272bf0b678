// Prints the Khronos validator's report of every file named, as one JSON array.
const fs = require("fs");
const validator = require(process.argv[2]);
Promise.all(
  process.argv.slice(3).map((file) =>
    validator.validateBytes(new Uint8Array(fs.readFileSync(file)), { maxIssues: 50 }).then((report) => report.issues),
  ),
).then((all) => console.log(JSON.stringify(all)));
