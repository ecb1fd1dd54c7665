/** Failures F of the server this one succeeds: none of them here. */
import { afterEach, describe, expect, it } from "vitest";
import { READY } from "./client.js";
import { configurationText, Facility, machineText } from "./facility.js";

let facility: Facility;

afterEach(() => facility.end());

describe("known failures of first light", () => {
  it("20: a silent BMP keeps neither the server from starting nor other frames from working", async () => {
    // Nobody answers at the addresses of machine "dark": the simulator does not know it.
    const light = machineText("light", { baseIp: "127.61.1.0" });
    facility = await Facility.start({ configuration: configurationText([light]) });
    facility.server.signal("SIGTERM");
    await facility.server.ended();
    const dark = machineText("dark", { baseIp: "127.61.20.0", more: `tags: ["dark"]` });
    facility.configure(configurationText([dark, light]));
    await facility.startServer();
    const client = await facility.client();
    const lost = await client.create([3], { tags: ["dark"] });
    const id = await client.create([3]);
    await client.reaches(id, READY);
    expect(await facility.powered()).toHaveLength(3);
    expect((await client.state(lost)).state).not.toBe(READY);
  });

  it("26: its version is one that every client in use accepts", async () => {
    facility = await Facility.start({
      configuration: configurationText([machineText("m", { baseIp: "127.61.2.0" })]),
    });
    const client = await facility.client();
    const version = await client.call<string>("version");
    const parts = version.split(".").map(Number);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(parts[0]).toBe(1);
  });
});
