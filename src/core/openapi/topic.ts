import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';

const TOPIC = 'openapi:topic';

export interface TopicDescription {
  readonly name: string;
  readonly description: string;
}

/** The heading under which the OpenAPI document lists a controller, with a sentence for the reader of the document. */
export const Topic = (name: string, description: string) =>
  applyDecorators(ApiTags(name), SetMetadata(TOPIC, { name, description } satisfies TopicDescription));

/** What `@Topic` said of the controller, or undefined. */
export const topicOf = (controller: object): TopicDescription | undefined =>
  Reflect.getMetadata(TOPIC, controller);
