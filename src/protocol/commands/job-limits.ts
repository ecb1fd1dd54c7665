/** Whether one more job may be held for its host, and in all. */
import type { ClientLimits } from "../../config/client-limits.js";
import type { JobHoldings } from "../../engine/contract/api.js";
import { isLeftForOthers } from "../hosts/left-for-others.js";

/** What stands in the way of one more job whose texts take so many bytes; null when nothing does. */
export function refusalOfOneMore(
  host: string,
  textBytes: number,
  { jobsOfHost, totalJobs, bytesOfHost, totalBytes }: JobHoldings,
  limits: ClientLimits,
): string | null {
  if (jobsOfHost >= limits.jobsPerHost) {
    return `clients of ${host} already have ${jobsOfHost} live jobs; the limit is ${limits.jobsPerHost} for each host (clientLimits.jobsPerHost): destroy some, or let some end`;
  }
  if (totalJobs >= limits.totalJobs) {
    return `there are already ${totalJobs} live jobs; the limit is ${limits.totalJobs} (clientLimits.totalJobs): try again when some have ended`;
  }
  const jobs = { perHost: limits.jobsPerHost, total: limits.totalJobs };
  if (isLeftForOthers(jobsOfHost, totalJobs, jobs)) {
    return `there are already ${totalJobs} live jobs; the limit is ${limits.totalJobs} (clientLimits.totalJobs): what is left is for hosts with fewer than the ${jobsOfHost} of ${host}; destroy some, or let some end`;
  }
  if (bytesOfHost + textBytes > limits.jobBytesPerHost) {
    return `owners and arguments of the live jobs of clients of ${host} would take ${bytesOfHost + textBytes} bytes; the limit is ${limits.jobBytesPerHost} for each host (clientLimits.jobBytesPerHost): send shorter ones, or destroy some jobs`;
  }
  if (totalBytes + textBytes > limits.totalJobBytes) {
    return `owners and arguments of all live jobs would take ${totalBytes + textBytes} bytes; the limit is ${limits.totalJobBytes} (clientLimits.totalJobBytes): try again when some have ended`;
  }
  const bytes = { perHost: limits.jobBytesPerHost, total: limits.totalJobBytes };
  if (isLeftForOthers(bytesOfHost, totalBytes, bytes)) {
    return `owners and arguments of all live jobs would take ${totalBytes + textBytes} bytes; the limit is ${limits.totalJobBytes} (clientLimits.totalJobBytes): what is left is for hosts with fewer than the ${bytesOfHost} of ${host}; send shorter ones, or destroy some jobs`;
  }
  return null;
}
