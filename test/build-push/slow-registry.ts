// A slow registry: a proxy in front of a real one, which blocks uploads until it is released.
import { createServer, request as send, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export class SlowRegistry {
  /** Called when the upload of a layer starts. */
  onUpload: () => void = () => {};
  uploads = 0;
  private blocked: (() => void)[] = [];
  private isOpen = false;
  private readonly server: Server;

  private constructor(target: string) {
    this.server = createServer(async (incoming, outgoing) => {
      const isUpload = incoming.method === "PATCH" || (incoming.method === "PUT" && incoming.url!.includes("/blobs/"));
      if (isUpload && !this.isOpen) {
        this.uploads += 1;
        this.onUpload();
        await new Promise<void>((resolve) => this.blocked.push(resolve));
      }
      const forwarded = send(
        new URL(incoming.url!, target),
        { method: incoming.method, headers: { ...incoming.headers, host: new URL(target).host } },
        (response) => {
          outgoing.writeHead(response.statusCode!, response.headers);
          response.pipe(outgoing);
        },
      );
      forwarded.on("error", () => outgoing.destroy());
      incoming.pipe(forwarded);
    });
  }

  static async start(target: string): Promise<SlowRegistry> {
    const registry = new SlowRegistry(target);
    await new Promise<void>((resolve) => registry.server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get host(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Lets the blocked uploads and all later ones through. */
  release(): void {
    this.isOpen = true;
    for (const proceed of this.blocked.splice(0)) proceed();
  }

  async stop(): Promise<void> {
    this.release();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
