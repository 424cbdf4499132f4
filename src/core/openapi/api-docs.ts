import { type INestApplication, Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { describeApi } from './document';
import { Routes } from './routes';

/** The OpenAPI document of this process, made when it is first asked for. */
@Injectable()
export class ApiDocs {
  private app?: INestApplication;
  private made?: OpenAPIObject;
  private text?: string;

  constructor(private readonly routes: Routes) {}

  /** Called once by the server, with the application that it is. */
  describe(app: INestApplication): void {
    this.app = app;
  }

  get document(): OpenAPIObject {
    if (!this.app)
      throw new Error('There is no HTTP application in this process, so there is nothing to describe.');
    return (this.made ??= describeApi(this.app, this.routes.list()));
  }

  get json(): string {
    return (this.text ??= JSON.stringify(this.document));
  }
}
