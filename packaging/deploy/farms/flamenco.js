// Flamenco 3: workers of the farm capture for Kinetix Local while there are clips.
// Put it as `scripts/kinetix-capture.js` beside the Flamenco Manager and restart that. The machines need no shared storage.

const JOB_TYPE = {
    label: "Kinetix captures",
    description: "Start workers that capture for a Kinetix Local until it has no more clips",
    settings: [
        { key: "service", type: "string", required: true,
          description: "Address of the service, https://…" },
        { key: "token_file", type: "string", required: true, default: "/etc/kinetix/worker.token",
          description: "File on each machine with the token that `kinetix local machine add` made" },
        { key: "machines", type: "int32", default: 4, visible: "submission",
          description: "How many machines capture at the same time, one clip each" },
        { key: "max_idle", type: "int32", default: 600, visible: "submission",
          description: "Seconds without a clip after which a machine is free again" },
        { key: "program", type: "string", default: "kinetix", visible: "submission",
          description: "The kinetix command on the machines" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    for (let number = 1; number <= settings.machines; number++) {
        const task = author.Task(`capture-${number}`, "misc");
        task.addCommand(author.Command("exec", {
            exe: settings.program,
            args: [
                "local", "worker",
                "--join", settings.service,
                "--token", settings.token_file,
                "--max-idle", String(settings.max_idle),
            ],
        }));
        job.addTask(task);
    }
}
