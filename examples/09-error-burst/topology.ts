/** Deployments after which a service fails and does not recover; and those after which it did not fail. */

import { detect, pattern } from '@millrace/patterns'
import { type BuiltTopology, json, StreamsBuilder, string, type Topic, topic } from 'millrace'

export interface ServiceEvent {
  readonly type: 'deploy' | 'error' | 'recovered'
  readonly text: string
}

export const events: Topic<string, ServiceEvent> = topic('service-events', {
  key: string(),
  value: json<ServiceEvent>(),
})
export const alerts: Topic<string, string> = topic('alerts', { key: string(), value: string() })

const burst = pattern<ServiceEvent>()
  .begin('deploy', (event) => event.type === 'deploy')
  .followedBy('error', (event) => event.type === 'error')
  .times(3)
  .notFollowedBy('recovery', (event) => event.type === 'recovered')
  .within('10 min')

const builder = new StreamsBuilder()
const { matches, timeouts } = builder
  .stream(events)
  .groupByKey()
  .apply(detect(burst, { skip: 'pastLastEvent', name: 'error-burst' }))
matches
  .mapValues(({ deploy, error }) => `roll back ${deploy.text}: ${error.map(({ text }) => text).join(', ')}`)
  .to(alerts)
timeouts.mapValues(({ deploy, error }) => `${deploy?.text} is fine, errors in 10 min: ${error.length}`).to(alerts)

export const topology: BuiltTopology = builder.build()
